# Lays out an XML file, a line for each element without children: path<tab>text. Of elements of one name in one parent the
# second is name#1, the third name#2. Ends with 1 if it is not well-formed.
{ text = text $0 "\n" }
function fold(value) {
    gsub(/\\/, "\\\\", value)
    gsub(/\n/, "\\n", value)
    return value
}
function plain(value) {
    gsub(/&lt;/, "<", value)
    gsub(/&gt;/, ">", value)
    gsub(/&quot;/, "\"", value)
    gsub(/&apos;/, "'", value)
    gsub(/&#10;/, "\n", value)
    gsub(/&amp;/, "\\&", value)
    return value
}
function wrong(what) {
    print "not well-formed: " what > "/dev/stderr"
    failed = 1
    text = ""
}
function skip(to) {
    if (!index(text, to)) return wrong("no " to)
    text = substr(text, index(text, to) + length(to))
}
function open_element(name, empty,   n, path) {
    leaf[depth] = 0
    n = seen[paths[depth] "/" name]++
    path = (depth ? paths[depth] "." : "") name (n ? "#" n : "")
    names[++depth] = name
    paths[depth] = path
    content[depth] = ""
    leaf[depth] = 1
    if (empty) close_element(name)
}
function close_element(name) {
    if (!depth || names[depth] != name) return wrong("</" name "> closes nothing")
    if (leaf[depth]) {
        sub(/^[ \t\n]+/, "", content[depth])
        sub(/[ \t\n]+$/, "", content[depth])
        print paths[depth] "\t" fold(content[depth])
    }
    depth--
}
function next_tag(   name, inside, n) {
    n = index(text, "<")
    if (!n) {
        text = ""
        return
    }
    if (depth) content[depth] = content[depth] plain(substr(text, 1, n - 1))
    text = substr(text, n)
    if (text ~ /^<!\[CDATA\[/) {
        n = index(text, "]]>")
        if (!n) return wrong("no ]]>")
        content[depth] = content[depth] substr(text, 10, n - 10)
        text = substr(text, n + 3)
        return
    }
    if (text ~ /^<!--/) return skip("-->")
    if (text ~ /^<[?!]/) return skip(">")
    n = index(text, ">")
    if (!n) return wrong("no >")
    inside = substr(text, 2, n - 2)
    text = substr(text, n + 1)
    match(inside, /^\/?[^ \t\n\/]+/)
    name = substr(inside, 1, RLENGTH)
    if (name ~ /^\//) close_element(substr(name, 2))
    else open_element(name, inside ~ /\/$/)
}
END {
    while (text != "" && !failed) next_tag()
    if (!failed && depth) wrong("<" names[depth] "> has no end")
    exit failed
}
