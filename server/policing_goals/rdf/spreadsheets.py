"""Tables as CSV (RFC 4180) and as workbooks (XLSX)."""

import csv
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO, StringIO

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

# Widths of a column, in characters.
MIN_WIDTH, MAX_WIDTH = 10, 60
# A limit of the format.
MAX_SHEET_NAME = 31
# Not the current time: two builds of the same sources must give the same bytes.
EPOCH = datetime(2026, 11, 23)  # workbooks have no time zones


@dataclass(frozen=True)
class Column:
    """A column: its name, its XML Schema datatype and its meaning."""

    name: str
    datatype: str
    meaning: str


@dataclass(frozen=True)
class FlatTable:
    """A table: its name, title, columns, and rows of texts; an empty text is no value."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


def as_csv(table: FlatTable) -> bytes:
    """A table as CSV in UTF-8, with the column names in the first line."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(column.name for column in table.columns)
    writer.writerows(table.rows)
    return text.getvalue().encode()


def as_workbook(tables: tuple[FlatTable, ...], about: tuple[str, ...]) -> bytes:
    """One workbook: a sheet with the lines of `about` and a table of contents, then a sheet for each table."""
    content = BytesIO()
    workbook = Workbook(content, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    workbook.set_properties({"title": "Global Policing Goals", "created": EPOCH})
    bold, link, wrapped = (
        workbook.add_format({"bold": True}),
        workbook.get_default_url_format(),
        workbook.add_format({"text_wrap": True, "valign": "top"}),
    )
    _write_about(workbook.add_worksheet("Read me"), about, tables, bold, link)
    for table in tables:
        _write_sheet(workbook.add_worksheet(table.name[:MAX_SHEET_NAME]), table, bold, link, wrapped)
    workbook.close()
    return content.getvalue()


def _write_about(
    sheet: Worksheet, about: tuple[str, ...], tables: tuple[FlatTable, ...], bold: Format, link: Format
) -> None:
    _fit(sheet)
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 2, MAX_WIDTH)
    for line, text in enumerate(about):
        sheet.write_string(line, 0, text)
    line = len(about) + 1
    for table in tables:
        sheet.write_url(line, 0, f"internal:'{table.name[:MAX_SHEET_NAME]}'!A1", link, table.name)
        sheet.write_string(line, 1, f"{table.title} ({len(table.rows)} rows)", bold)
        for number, column in enumerate(table.columns, start=line + 1):
            sheet.write_string(number, 1, column.name)
            sheet.write_string(number, 2, column.meaning)
        line += len(table.columns) + 2


def _write_sheet(sheet: Worksheet, table: FlatTable, bold: Format, link: Format, wrapped: Format) -> None:
    for number, column in enumerate(table.columns):
        longest = max((len(row[number]) for row in table.rows), default=0)
        sheet.set_column(number, number, min(max(longest, len(column.name), MIN_WIDTH), MAX_WIDTH))
        sheet.write_string(0, number, column.name, bold)
        sheet.write_comment(0, number, column.meaning)
        for line, row in enumerate(table.rows, start=1):
            _write_cell(sheet, line, number, row[number], column.datatype, link, wrapped)
    _fit(sheet)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)


def _fit(sheet: Worksheet) -> None:
    # One page wide when printed.
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _write_cell(
    sheet: Worksheet, line: int, number: int, text: str, datatype: str, link: Format, wrapped: Format
) -> None:
    if datatype == "anyURI" and text:
        sheet.write_url(line, number, text, link)
    elif datatype in ("integer", "double") and text:
        sheet.write_number(line, number, float(text))
    else:
        sheet.write_string(line, number, text, wrapped)
