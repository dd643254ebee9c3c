"""The names of version 1.0.0 that the field does not use are gone."""

import ast

from tests.conftest import PACKAGE

MODULES = {
    "alone", "answers", "bundle", "cards", "claims", "discovery", "drawings", "files", "forms", "front", "gate",
    "handover", "hardening", "kept", "language", "operations", "pictures", "plans", "quick",
    "reconciliation_service", "reconciling", "redirects", "seen", "selfcheck", "service", "sheet", "shelf", "shown",
    "static_edition", "terms", "things", "trees", "wsgi", "bridge", "cache", "coding", "confinement", "documents",
    "edition", "extension", "frames", "link", "guard", "jobs", "local", "numbers", "plain", "process", "reader",
    "refusal", "syntax", "store", "template", "index_file", "words", "programs", "description", "distributions",
    "flat", "release", "faults", "glossary", "imports", "importing", "link_readings", "rationales", "mappings",
    "profile", "pyshacl_mends", "query_descriptions", "quotation", "rules", "summary", "yaml_block", "filled",
    "query_text", "workbook", "writing", "making", "serving", "taking", "shared", "model_context", "report",
}  # fmt: skip
PACKAGES = {"finding", "graph", "commands"}
CLASSES = {
    "Desk", "Manners", "Front", "Seen", "_Careful", "_At", "Shelf", "Quick", "_Seen", "Handover", "Gate", "Plan",
    "Planner", "Conditions", "Listening", "Sheet", "Shown", "Claim", "Branch", "Tie", "Grid", "_Pen", "_Library",
    "Asked", "NobodyAnswers", "_Reader", "TermPage", "Box", "Bridge", "Background", "Edition", "Job", "Answer",
    "Answerer", "AsyncAnswerer", "Local", "Limits", "Rules", "Template", "Inbox", "Refusal", "_Fault",
    "Reader", "Text", "Documents", "Sink", "_Lexicon", "Words", "Thing", "Examined", "Evidence", "Told", "Planned",
    "Dump", "Kept", "_Watched", "Assembly", "Cells", "_KeepingReturns", "QueryTooHungry", "_Swapping", "_Job",
}  # fmt: skip


def classes() -> set[str]:
    trees = [ast.parse(path.read_text("utf-8")) for path in PACKAGE.rglob("*.py")]
    return {node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}


def test_no_module_or_package_has_an_old_name() -> None:
    modules = {path.stem for path in PACKAGE.rglob("*.py")}
    packages = {path.parent.name for path in PACKAGE.rglob("*.py")}

    assert {"dataset", "entity_page"} <= modules
    assert sorted(modules & MODULES) == []
    assert sorted(packages & PACKAGES) == []


def test_no_class_has_an_old_name() -> None:
    assert {"GatewayApp", "QueryJob"} <= classes()
    assert sorted(classes() & CLASSES) == []


def test_no_docstring_says_when_it_changes() -> None:
    texts = {path.name: path.read_text("utf-8") for path in PACKAGE.rglob("*.py")}

    assert [name for name, text in texts.items() if "changes when" in text.lower()] == []
