# Lays out a JSON file, a line for each value: path<tab>value. Ends with 1 if it is none. Needs flow.awk.
{ text = text $0 "\n" }
END {
    at = 1
    flow("")
    blanks()
    if (!failed && at <= length(text)) wrong("more than one value")
    exit failed
}
