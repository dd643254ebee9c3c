"""The flat tables that analysts want: changes when a table is read or described otherwise.

Each is a SELECT of queries/tables/ whose header (YAML after `#+`) has a title, and datatype and meaning of each
column. They come as CSV with metadata (CSV on the Web, W3C 2015) and as one workbook with a sheet each.
"""

import json
from pathlib import Path

from pyoxigraph import QuerySolutions, Store

from policing_goals.errors import SourceError
from policing_goals.graph.sources import read_source
from policing_goals.graph.yaml_block import read_yaml_block
from policing_goals.rdf.spreadsheets import Column, FlatTable

METADATA = "csv-metadata.json"
DATATYPES = ("anyURI", "string", "integer", "double", "date")


def read_tables(root: Path, store: Store) -> tuple[FlatTable, ...]:
    """Every table of ROOT/queries/tables, answered by the default graph of a store.

    Raises SourceError, with file, for a query that does not parse or whose columns are not those of its header.
    """
    paths = sorted(root.glob("queries/tables/*.rq"))
    return tuple(_read(root, path.relative_to(root).as_posix(), store) for path in paths)


def _read(root: Path, name: str, store: Store) -> FlatTable:
    text = read_source(root, name)
    header, _ = read_yaml_block(name, text, "#+")
    columns = tuple(Column(key, *_described(name, key, said)) for key, said in header["columns"].items())
    try:
        found = store.query(text)
    except SyntaxError as error:
        raise SourceError(name, f"the query does not parse: {error}.", "Mend the SPARQL.") from error
    answered = [variable.value for variable in found.variables] if isinstance(found, QuerySolutions) else []
    if not isinstance(found, QuerySolutions) or answered != [column.name for column in columns]:
        raise SourceError(name, f"it answers with {', '.join(answered)}.", "Make columns and SELECT agree.")
    rows = tuple(tuple(str(getattr(row[each], "value", "")) for each in answered) for row in found)
    return FlatTable(Path(name).stem, str(header["title"]), columns, rows)


def _described(name: str, column: str, said: object) -> tuple[str, str]:
    datatype, sign, meaning = str(said).partition("; ")
    if not sign or datatype not in DATATYPES:
        expected = f"Write its datatype ({', '.join(DATATYPES)}), a semicolon and its meaning."
        raise SourceError(name, f"the column {column} is described as {said!r}.", expected)
    return datatype, meaning


def csv_metadata(tables: tuple[FlatTable, ...], licence: str) -> bytes:
    """What the columns of the CSV files mean, in the JSON of CSV on the Web."""
    described = [
        {
            "url": f"{table.name}.csv",
            "dc:title": table.title,
            "tableSchema": {
                "columns": [
                    {
                        "name": column.name,
                        "titles": column.name,
                        "dc:description": column.meaning,
                        "datatype": column.datatype,
                    }
                    for column in table.columns
                ]
            },
        }
        for table in tables
    ]
    metadata = {"@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}], "dc:license": {"@id": licence}}
    return (json.dumps({**metadata, "tables": described}, indent=1, ensure_ascii=False) + "\n").encode()
