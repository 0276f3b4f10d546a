#include "html.hpp"

#include <glib.h>

#include <algorithm>

#include "glinda/util/handle.hpp"
#include "glinda/util/text.hpp"

namespace glinda::report {
namespace {

constexpr std::string_view head = R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>{0}: {1}</title><style>
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 70em; margin: 2em auto; padding: 0 1em; color: #222; background: #fff }}
h1 span {{ padding: .1em .5em; border-radius: .3em; color: #fff; background: #b32d2d; font-size: .7em; vertical-align: middle }}
h1 span.finished {{ background: #1f7a3d }}
th {{ text-align: left; padding-right: 1.5em; vertical-align: top; font-weight: 600 }}
td {{ overflow-wrap: anywhere }}
td.time {{ text-align: right; padding-right: 1em; font-variant-numeric: tabular-nums; white-space: nowrap }}
pre {{ background: #f4f4f2; padding: .8em; overflow-x: auto; font-size: 12px; line-height: 1.35 }}
img {{ max-width: 100%; border: 1px solid #bbb }}
</style></head><body>
<h1>{0} <span class="{1}">{1}</span></h1>
)";

std::string escaped(std::string_view text) {
    const std::string plain = printable(text);
    const Handle<gchar, &g_free> safe{
        g_markup_escape_text(plain.data(), static_cast<gssize>(plain.size()))};
    return safe.get();
}

std::string base64(std::string_view bytes) {
    const Handle<gchar, &g_free> text{
        g_base64_encode(reinterpret_cast<const guchar*>(bytes.data()), bytes.size())};
    return text.get();
}

std::string table(std::string_view title, const std::map<std::string, std::string>& rows) {
    if (rows.empty())
        return "";
    std::string html = format("<h2>{}</h2>\n<table>\n", title);
    for (const auto& [name, value] : rows)
        html += format("<tr><th>{}</th><td>{}</td></tr>\n", escaped(name), escaped(value));
    return html + "</table>\n";
}

std::string log(std::string_view title, std::string_view text) {
    return text.empty() ? "" : format("<h2>{}</h2>\n<pre>{}</pre>\n", title, escaped(text));
}

}  // namespace

std::string html_page(const Record& record, const Evidence& evidence) {
    std::string html = format(fmt::runtime(head), escaped(record.name), escaped(record.state));
    if (!record.description.empty())
        html += format("<p>{}</p>\n", escaped(record.description));
    html += format("<p><strong>{}</strong></p>\n", escaped(record.verdict));
    for (const std::string& note : record.notes)
        html += format("<p>{}</p>\n", escaped(note));
    for (const std::string& screen : evidence.screens)
        html += format("<p><img alt=\"the guest's screen\" src=\"data:image/png;base64,{}\"></p>\n",
                       base64(screen));
    html += "<h2>What happened</h2>\n<table>\n";
    for (const Event& event : evidence.events)
        html += format("<tr><td class=\"time\">{}</td><th>{}</th><td>{}</td></tr>\n",
                       to_text(event.at), escaped(event.kind), escaped(event.text));
    html += "</table>\n";
    html += table("What went in", record.inputs) + table("What came out", record.results);
    html += log("The end of the console", evidence.console_tail);
    html += log("The end of the installer's log", evidence.installer_log_tail);
    return html + "</body></html>\n";
}

}  // namespace glinda::report
