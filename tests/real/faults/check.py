"""check.py FOLDER STATUS CAUSE LINE: what a broken build of faults.sh came to, as one line.
check.py --sum RESULTS: what all of them came to; fails if less than nine of ten have the right cause and line."""
import json
import os
import re
import statistics
import sys

SECRET = b"s3cret-w0rd"
HASH = b"$6$aa$bb/cc"


def files(folder):
    return [os.path.join(path, name) for path, _, names in os.walk(folder) for name in names]


def read(path):
    with open(path, errors="replace") as file:
        return file.read()


def seconds_to_the_end(build, failure, ended):
    """From the first sign of the failure, by the events, to the program's end."""
    events = [json.loads(line) for line in read(os.path.join(build, "events.jsonl")).splitlines()]
    evidence = failure.get("evidence", "")
    for event in events:
        text = os.path.join(build, re.sub("png$", "txt", event["text"]))
        shows = event["kind"] == "screen" and evidence and os.path.exists(text) and evidence in read(text)
        if shows or event["kind"] == "failure seen":
            after = ended - os.path.getmtime(os.path.join(build, "events.jsonl"))
            return (events[-1]["at_ms"] - event["at_ms"]) / 1000 + after
    return None


def words_in_the_log(build):
    """Of the last screen's words how many stand in what the installer itself wrote, and how many there are."""
    screens = sorted(path for path in files(build) if "/screens/" in path and path.endswith(".txt"))
    if not screens:
        return 0, 0
    log = "".join(read(os.path.join(build, name)) for name in ("installer.log", "console.log"))
    known = set(re.findall(r"\S+", log))
    words = re.findall(r"\S+", read(screens[-1]))
    # A word that the screen's edge breaks in two stands in no log.
    whole = "".join(log.split())
    return sum(word in known or word in whole for word in words), len(words)


def check(folder, status, cause, line):
    name = os.path.basename(folder)
    with open(os.path.join(folder, "record.json")) as file:
        record = json.load(file)
    failure = record.get("failure", {})
    said = failure.get("cause", "") + " " + failure.get("remedy", "")
    right_cause = status in ("3", "4") and cause.strip() in said
    named = failure.get("answer file", "")
    right_line = line.strip() == "-" or line.strip() in named
    build = record["folder"]
    told = {
        "name": name,
        "cause": right_cause,
        "line": None if line.strip() == "-" else right_line,
        "seconds": seconds_to_the_end(build, failure, float(read(os.path.join(folder, "ended")))),
        "words": words_in_the_log(build),
        "report": os.path.exists(os.path.join(build, "report.html")),
        "secrets": [path for path in files(build) + [os.path.join(folder, "errors")]
                    if any(secret in open(path, "rb").read() for secret in (SECRET, HASH))],
        "said": said.strip(),
        "named": named,
    }
    print(json.dumps(told))


def add_up(results):
    all_told = [json.loads(line) for line in read(results).splitlines()]
    lines = [told["line"] for told in all_told if told["line"] is not None]
    causes = [told["cause"] for told in all_told]
    seconds = [told["seconds"] for told in all_told if told["seconds"] is not None]
    found, words = (sum(told["words"][at] for told in all_told) for at in (0, 1))
    for told in all_told:
        if not told["cause"] or told["line"] is False:
            print(f"wrong: {told['name']}: {told['said']} ({told['named']})")
    print(f"{len(causes)} broken builds: {sum(causes)} with the right cause, {sum(lines)} of {len(lines)} with the right line; "
          f"{statistics.median(seconds):.1f} s from the failure to the end (median), {max(seconds):.1f} s at most; "
          f"{found} of {words} words on the last screens stand in the guest's own logs")
    complete = all(told["report"] and not told["secrets"] for told in all_told)
    return complete and sum(causes) >= 0.9 * len(causes) and sum(lines) >= 0.9 * len(lines)


if sys.argv[1] == "--sum":
    sys.exit(0 if add_up(sys.argv[2]) else 1)
check(*sys.argv[1:5])
