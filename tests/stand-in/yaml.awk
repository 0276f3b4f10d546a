# Lays out the YAML that answer files are made of, a line for each value: path<tab>value. Block mappings and sequences, literal
# and folded blocks, quoted and bare scalars, flow collections on one line; no anchors, tags, several documents. Needs flow.awk.
function indent_of(line) {
    match(line, /^ */)
    return RLENGTH
}
# The path that a line in this column belongs to. A sequence may begin in its key's own column, hence its half.
function open_level(column) {
    while (depth > 0 && columns[depth] >= column) depth--
    return depth > 0 ? paths[depth] : ""
}
function enter(column, path) {
    columns[++depth] = column
    paths[depth] = path
}
function joined(path, name) {
    return path == "" ? name : path "." name
}
function value_at(path, value, column) {
    value = trimmed(value)
    if (value ~ /^[|>][-+]?$/) {
        block_path = path
        block_style = value
        block_column = column
        block = ""
        block_indent = -1
    } else if (value ~ /^[\[{"']/) {
        text = value
        at = 1
        flow(path)
    } else if (value != "") {
        sub(/ +#.*/, "", value)
        print path "\t" fold(value)
    }
}
function end_block() {
    if (block_path == "") return
    sub(/\n+$/, block_style ~ /-/ ? "" : "\n", block)
    if (block_style ~ /^>/) gsub(/\n/, " ", block)
    print block_path "\t" fold(block)
    block_path = ""
}
function read(line, column,   path, n, name) {
    if (line ~ /^- / || line == "-") {
        path = open_level(column + 0.5)
        n = counts[path]++
        enter(column + 0.5, joined(path, n))
        sub(/^-/, "", line)
        n = indent_of(line) + 1
        line = trimmed(line)
        if (line == "") return
        if (line ~ /^[A-Za-z0-9_."-]+:( |$)/) read(line, column + n)
        else value_at(joined(path, counts[path] - 1), line, column)
    } else if (match(line, /:( |$)/)) {
        path = open_level(column)
        n = RSTART
        name = trimmed(substr(line, 1, n - 1))
        gsub(/"/, "", name)
        enter(column, joined(path, name))
        value_at(joined(path, name), substr(line, n + 1), column)
    } else {
        wrong("line " NR " is no mapping")
    }
}
block_path != "" {
    if ($0 ~ /^ *$/) {
        block = block "\n"
        next
    }
    if (block_indent < 0 && indent_of($0) > block_column) block_indent = indent_of($0)
    if (block_indent >= 0 && indent_of($0) >= block_indent) {
        block = block substr($0, block_indent + 1) "\n"
        next
    }
    end_block()
}
/^[ \t]*(#.*)?$/ || /^---/ { next }
/^\t/ { wrong("line " NR " is indented by a tab") }
{ read(trimmed($0), indent_of($0)) }
END {
    end_block()
    exit failed
}
