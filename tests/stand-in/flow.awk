# JSON, and the same as YAML's flow style has it with bare words: flow(path) reads `text` from `at` and prints "path<tab>value".
function fold(value) {
    gsub(/\\/, "\\\\", value)
    gsub(/\n/, "\\n", value)
    return value
}
function blanks() {
    while (at <= length(text) && index(" \t\r\n", substr(text, at, 1)))
        at++
}
function wrong(what) {
    print "not readable: " what " at character " at > "/dev/stderr"
    failed = 1
    at = length(text) + 1
}
function quoted(mark,   c, value) {
    for (at++; at <= length(text); at++) {
        c = substr(text, at, 1)
        if (c == mark) {
            at++
            return value
        }
        if (c == "\\" && mark == "\"") {
            c = substr(text, ++at, 1)
            if (c == "n") c = "\n"
            if (c == "t") c = "\t"
        }
        value = value c
    }
    wrong("a string has no end")
}
function bare(   start) {
    start = at
    while (at <= length(text) && !index(",]}\n", substr(text, at, 1)) && substr(text, at, 2) != ": ")
        at++
    return trimmed(substr(text, start, at - start))
}
function trimmed(value) {
    sub(/^[ \t\r]+/, "", value)
    sub(/[ \t\r]+$/, "", value)
    return value
}
function scalar(   c) {
    c = substr(text, at, 1)
    if (c == "\"" || c == "'") return quoted(c)
    return bare()
}
function collection(path, end,   n, name) {
    at++
    for (n = 0; !failed; n++) {
        blanks()
        if (substr(text, at, 1) == end) {
            at++
            return
        }
        name = n
        if (end == "}") {
            name = scalar()
            blanks()
            if (substr(text, at, 1) != ":") return wrong("no colon")
            at++
        }
        flow(path == "" ? name : path "." name)
        blanks()
        if (substr(text, at, 1) == ",") at++
        else if (substr(text, at, 1) != end) return wrong("no comma")
    }
}
function flow(path,   c) {
    blanks()
    c = substr(text, at, 1)
    if (c == "{") collection(path, "}")
    else if (c == "[") collection(path, "]")
    else print path "\t" fold(scalar())
}
