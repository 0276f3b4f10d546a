# Takes a kickstart apart: awk -v version=N -f kickstart.awk COMMANDS KICKSTART writes /run/parts/commands, packages, has-packages
# and KIND.LINE with KIND.LINE.options for each script. At the first fault it prints "LINE what is wrong" and ends with 1.
function wrong(line, what) {
    print line " " what
    failed = 1
    exit 1
}
FNR == NR {  # command, first and last release with it (- if open), none if it takes no argument
    if ($1 !~ /^#/ && NF) {
        if ($2 <= version && ($3 == "-" || version <= $3)) known[$1] = 1
        bare[$1] = $4 == "none"
    }
    next
}
section == "" && (/^[ \t]*#/ || /^[ \t]*$/) { next }
/^%end([ \t]|$)/ { section = ""; next }
/^%(packages|pre|pre-install|post|onerror|traceback|certificate|addon|anaconda)([ \t]|$)/ {
    if (section != "" && version >= 7) wrong(FNR, "Section " section " does not end with %end.")
    section = $1
    sub(/^%/, "", $1)
    kind = $1
    file = "/run/parts/" kind "." FNR
    interpreter = "/bin/sh"
    if (match($0, /--interpreter[= ][^ ]+/)) interpreter = substr($0, RSTART + 14, RLENGTH - 14)
    if (kind == "packages") print "yes" > "/run/parts/has-packages"
    else {
        print $0 > (file ".options")
        print "#!" interpreter > file
    }
    next
}
/^%include/ { next }
/^%/ && section == "" { wrong(FNR, "Unknown kickstart section: " $1) }
section == "%packages" {
    sub(/#.*/, "")
    if (NF) print $0 > "/run/parts/packages"
    next
}
section != "" { print > file; next }
{
    gsub(/[ \t]+#.*/, "")
    if (!($1 in known)) wrong(FNR, "Unknown command: " $1)
    if (bare[$1] && NF > 1) wrong(FNR, "Kickstart command " $1 " does not take any arguments")
    print > "/run/parts/commands"
}
END {
    if (!failed && section != "" && version >= 7) wrong(FNR, "Section " section " does not end with %end.")
}
