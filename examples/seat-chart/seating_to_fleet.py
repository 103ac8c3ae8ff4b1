#!/usr/bin/env python3
"""Turns a seating chart into a fleet file: each person's alias contains the phones of their desk.

    seating_to_fleet.py seating.csv --suffixes a,b,c > fleet.toml

The chart is CSV with the columns person (the login), name and desk (the extension of the desk's phones). The phones have the
logins that `hotdesk rollout` gives them: the extension and a suffix for each dialer. All mistakes are written to standard
error; then there is no fleet file.
"""

import argparse
import csv
import re
import sys

WORD = re.compile(r"[A-Za-z0-9_-]{2,20}")


def read(path):
    """The chart's rows as (line, person, name, desk)."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file)
        missing = {"person", "name", "desk"} - set(rows.fieldnames or [])
        if missing:
            sys.exit(f"{path}: the first line must name the columns {', '.join(sorted(missing))}")
        for row in rows:
            person, name, desk = ((row[key] or "").strip() for key in ("person", "name", "desk"))
            if person or name or desk:
                yield rows.line_num, person, name, desk


def mistakes(rows):
    """The mistakes, one line each."""
    seen = {}
    for line, person, name, desk in rows:
        for key, value in (("person", person), ("desk", desk)):
            if not WORD.fullmatch(value):
                yield f"line {line}: {key} {value!r} is not 2 to 20 letters, digits, - and _"
            first = seen.setdefault((key, value.lower()), line)
            if first != line:
                yield f"line {line}: {key} {value} is in line {first} already"
        if not name:
            yield f"line {line}: name is missing"


def quoted(text):
    """A TOML string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04X}" for c in escaped) + '"'


def fleet(rows, suffixes):
    """The fleet file: one alias per person, sorted by login, so that a change is a small diff."""
    for _, person, name, desk in sorted(rows, key=lambda row: row[1].lower()):
        logins = ", ".join(quoted(desk + suffix) for suffix in suffixes)
        yield f"[[alias]]\nalias_id = {quoted(person)}\nalias_name = {quoted(name)}\nphone_logins = [{logins}]\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chart", help="CSV file with the columns person, name and desk")
    parser.add_argument("--suffixes", default="a,b,c", help="suffix of the logins on each dialer (default: a,b,c)")
    arguments = parser.parse_args()
    rows = list(read(arguments.chart))
    wrong = list(mistakes(rows))
    if wrong:
        sys.exit("\n".join(f"{arguments.chart}: {mistake}" for mistake in wrong))
    print("# Written by seating_to_fleet.py: change the chart and not this file.\n")
    print("\n".join(fleet(rows, arguments.suffixes.split(","))), end="")


if __name__ == "__main__":
    main()
