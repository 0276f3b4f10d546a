"""compare.py WORK: whether the lists of packages agree with what dpkg-query says in the guest, line by line, and the results
of the checks with what was to fail."""
import json
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree

work = sys.argv[1]


def read(name):
    with open(f"{work}/{name}", encoding="utf-8") as file:
        return file.read()


def same(what, found, wanted):
    for number, (one, other) in enumerate(zip(found, wanted)):
        assert one == other, f"{what}, line {number + 1}: {one} in the list, {other} by dpkg-query"
    assert len(found) == len(wanted), f"{what}: {len(found)} lines in the list, {len(wanted)} by dpkg-query"


passed = json.loads(read("passed.json"))
lines = [line.split("\t") for line in passed["script"]["output"].splitlines()]
rows = sorted(line[1:] for line in lines if line[0] == "installed")
assert len(rows) > 190, f"dpkg-query lists only {len(rows)} packages"

icicle = ElementTree.fromstring(read("icicle.xml"))
same("ICICLE", sorted(package.get("name") for package in icicle.iter("package")), sorted(row[0] for row in rows))

spdx = json.loads(read("spdx.json"))
packages = [package for package in spdx["packages"] if "OPERATING" not in package.get("primaryPackagePurpose", "")]
same("SPDX", sorted([package["name"], package["versionInfo"]] for package in packages), sorted(row[1:3] for row in rows))

components = json.loads(read("cyclonedx.json"))["components"]


def purl(url):
    start, _, query = url.partition("?")
    name, _, version = start.removeprefix("pkg:deb/debian/").partition("@")
    qualifiers = dict(urllib.parse.parse_qsl(query))
    return [urllib.parse.unquote(name), urllib.parse.unquote(version), qualifiers["arch"]]


same("CycloneDX", sorted([one["name"], one["version"]] for one in components), sorted(row[1:3] for row in rows))
same("package URLs", sorted(purl(one["purl"]) for one in components), sorted(row[1:4] for row in rows))
print(f"{len(rows)} packages: ICICLE, SPDX, CycloneDX and dpkg-query agree")


def check(name, right):
    suite = ElementTree.fromstring(read(name + ".xml"))
    results = json.loads(read(name + ".json"))
    cases = {case.get("name"): case.find("failure") is None for case in suite.iter("testcase")}
    assert cases == {one["name"]: one["passed"] for one in results["checks"]}, f"{name}: JUnit and JSON differ"
    assert int(suite.get("failures")) == list(cases.values()).count(False)
    assert results["passed"] == right and len(cases) >= 13
    return [name for name, passed in cases.items() if not passed]


assert check("passed", True) == []
wrong = check("failed", False)
assert wrong == ["command status", "package not-there", "port 24", "service nothing", "file /etc/second"], wrong
print("13 checks pass, 5 fail as they should, in JUnit and JSON")
