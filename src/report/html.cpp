#include "html.hpp"

#include <glib.h>

#include <algorithm>
#include <optional>

#include "glinda/util/handle.hpp"
#include "glinda/util/text.hpp"
#include "plot.hpp"

namespace glinda::report {
namespace {

constexpr std::string_view head = R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>{0}: {1}</title><style>
:root {{ color-scheme: light dark; --text: #222; --back: #fff; --soft: #f4f4f2; --line: #bbb; --mark: #ffe08a; --bar: #3465a4; --disk: #7a9a2f }}
@media (prefers-color-scheme: dark) {{ :root {{ --text: #ddd; --back: #1b1c1e; --soft: #27292c; --line: #555; --mark: #6b5300; --bar: #2f5b93; --disk: #6d8a2a }} }}
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 75em; margin: 2em auto; padding: 0 1em; color: var(--text); background: var(--back) }}
h1, p, td {{ overflow-wrap: anywhere }}
h1 span {{ padding: .1em .5em; border-radius: .3em; color: #fff; background: #b32d2d; font-size: .7em; vertical-align: middle }}
h1 span.finished {{ background: #1f7a3d }}
th {{ text-align: left; padding-right: 1.5em; vertical-align: top; font-weight: 600 }}
td.time {{ text-align: right; padding-right: 1em; font-variant-numeric: tabular-nums; white-space: nowrap; vertical-align: top }}
pre {{ background: var(--soft); padding: .8em; overflow-x: auto; font-size: 12px; line-height: 1.35 }}
p.note {{ white-space: pre-wrap }}
mark {{ background: var(--mark); color: inherit }}
ol.phases {{ display: flex; flex-wrap: wrap; gap: 2px; padding: 0; list-style: none }}
ol.phases li {{ flex: 1 1 auto; background: var(--bar); color: #fff; padding: .2em .5em; font-size: 12px }}
.plot svg {{ display: block; width: 100%; height: 8em; background: var(--soft) }}
.plot .processor {{ fill: var(--bar) }}
.plot .disk {{ fill: var(--disk) }}
.plot .phase {{ stroke: var(--text); stroke-dasharray: 3 3; vector-effect: non-scaling-stroke }}
.plot .screen {{ stroke: var(--text); vector-effect: non-scaling-stroke }}
.film {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 10em), 1fr)); gap: 1em; margin-top: 1em }}
.last {{ max-width: 60em }}
summary {{ cursor: pointer }}
figure {{ margin: 0; min-width: 0 }}
figcaption {{ font-size: 12px }}
img {{ max-width: 100%; border: 1px solid var(--line) }}
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

/// Text in lines, of which those that decided are marked.
std::string lines(std::string_view text, std::string_view deciding) {
    std::string html;
    for (const std::string_view line : split(text, '\n'))
        html += !deciding.empty() && line.find(deciding) != std::string_view::npos
                    ? format("<mark>{}</mark>\n", escaped(line))
                    : escaped(line) + "\n";
    return html;
}

std::string log(std::string_view title, std::string_view text, std::string_view deciding = "") {
    return text.empty()
               ? ""
               : format("<h2>{}</h2>\n<pre>{}</pre>\n", title, lines(printable(text), deciding));
}

/// An answer file, of which the line that the failure concerns is marked.
std::string numbered(const AnswerFile& answer, std::optional<std::uint64_t> concerned) {
    std::string html;
    std::uint64_t number = 0;
    for (const std::string_view line : split(trim(answer.text), '\n'))
        html += ++number == concerned ? format("{:>4}  <mark>{}</mark>\n", number, escaped(line))
                                      : format("{:>4}  {}\n", number, escaped(line));
    return format("<h2>{}</h2>\n<pre>{}</pre>\n", escaped(answer.name), html);
}

/// The phases side by side, each as wide as it was long.
std::string phases(const std::vector<Event>& events) {
    std::string html;
    for (std::size_t at = 0; at < events.size(); ++at) {
        if (events[at].kind != "phase")
            continue;
        std::size_t next = at + 1;
        while (next < events.size() - 1 && events[next].kind != "phase")
            ++next;
        const auto took = (next < events.size() ? events[next].at : events[at].at) - events[at].at;
        html += format("<li style=\"flex-grow:{}\">{} {}</li>\n", took.count() + 1,
                       escaped(events[at].text), to_text(took));
    }
    return html.empty() ? "" : "<ol class=\"phases\">\n" + html + "</ol>\n";
}

/// When the picture was taken; empty if that is not known.
std::string time_of(const Screen& screen, const std::vector<Event>& events) {
    const auto taken = std::ranges::find_if(events, [&](const Event& event) {
        return event.kind == "screen" && event.text.ends_with("/" + screen.name);
    });
    return taken == events.end() ? "" : ", after " + to_text(taken->at);
}

std::string picture(const Screen& screen, const Evidence& evidence) {
    std::string html = format(
        "<figure><img alt=\"the guest's screen, {0}\" "
        "src=\"data:image/png;base64,{1}\"><figcaption>{0}{2}</figcaption>\n",
        escaped(screen.name), base64(screen.png), time_of(screen, evidence.events));
    if (!screen.text.empty())
        html += format("<details><summary>its text</summary><pre>{}</pre></details>\n",
                       lines(printable(screen.text), evidence.deciding));
    return html + "</figure>\n";
}

/// The last screen, large and with its text, and the earlier ones, which a person may unfold.
std::string film(const Evidence& evidence) {
    if (evidence.screens.empty())
        return "";
    std::string last = picture(evidence.screens.back(), evidence);
    if (const std::size_t text = last.find("<details>"); text != std::string::npos)
        last.replace(text, 9, "<details open>");
    std::string html = format("<h2>The last screen</h2>\n<div class=\"last\">{}</div>\n", last);
    const std::size_t earlier = evidence.screens.size() - 1;
    if (earlier == 0)
        return html;
    html +=
        format("<details><summary>{} earlier screens</summary>\n<div class=\"film\">\n", earlier);
    for (std::size_t at = 0; at < earlier; ++at)
        html += picture(evidence.screens[at], evidence);
    return html + "</div></details>\n";
}

}  // namespace

std::string html_page(const Record& record, const Evidence& evidence) {
    std::string html = format(fmt::runtime(head), escaped(record.name), escaped(record.state));
    if (!record.description.empty())
        html += format("<p>{}</p>\n", escaped(record.description));
    html += format("<p><strong>{}</strong></p>\n", escaped(record.verdict));
    for (const std::string& note : record.notes)
        html += format("<p class=\"note\">{}</p>\n", escaped(note));
    html += phases(evidence.events) + plot(evidence.events) + film(evidence);
    html += "<h2>What happened</h2>\n<table>\n";
    for (const Event& event : evidence.events)
        if (event.kind != "activity" && event.kind != "screen" && event.kind != "progress" &&
            event.kind != "estimate")
            html += format("<tr><td class=\"time\">{}</td><th>{}</th><td>{}</td></tr>\n",
                           to_text(event.at), escaped(event.kind), escaped(event.text));
    html += "</table>\n";
    html += table("What went in", record.inputs) + table("What came out", record.results) +
            table("What took part", record.versions);
    html += log("The console", evidence.console, evidence.deciding);
    html += log("The installer's log", evidence.installer_log, evidence.deciding);
    const auto concerned = record.failure.find("answer line");
    for (const AnswerFile& answer : evidence.answers)
        html += numbered(answer, concerned == record.failure.end() ? std::nullopt
                                                                   : to_number(concerned->second));
    html += log("The plan", evidence.plan);
    return html + "</body></html>\n";
}

}  // namespace glinda::report
