"""The lock files pin every dependency, each file by its hash."""

import json
import re
import tomllib

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.conftest import PACKAGE, ROOT

LOCKED = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^ ;\\]+)(?P<rest>.*?(?=^\S|\Z))", re.MULTILINE | re.DOTALL)


def test_every_dependency_of_the_service_is_locked_within_its_range() -> None:
    wanted = map(Requirement, tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"])
    found = {
        canonicalize_name(each["name"]): Version(each["version"])
        for each in LOCKED.finditer((ROOT / "requirements.lock").read_text("utf-8"))
    }

    assert [str(each) for each in wanted if found[canonicalize_name(each.name)] not in each.specifier] == []


def test_every_locked_file_has_its_hash_and_no_address() -> None:
    text = (ROOT / "requirements.lock").read_text("utf-8")
    entries = list(LOCKED.finditer(text))

    assert len(entries) > 20
    assert [each["name"] for each in entries if "--hash=sha256:" not in each["rest"]] == []
    assert "://" not in text


def test_every_package_from_npm_has_its_integrity_and_no_address() -> None:
    packages = json.loads((PACKAGE / "npm/package-lock.json").read_text("utf-8"))["packages"]
    fetched = {name: fields for name, fields in packages.items() if name}

    assert fetched
    assert [name for name, fields in fetched.items() if not fields.get("integrity", "").startswith("sha512-")] == []
    assert [name for name, fields in fetched.items() if "resolved" in fields] == []
