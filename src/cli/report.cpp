#include "report.hpp"

#include <nlohmann/json.hpp>

#include "glinda/report/gist.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"

namespace glinda::cli {

std::string json_of(const pipeline::InstallResult& result) {
    nlohmann::ordered_json json{{"state", "finished"},
                                {"image", result.image.string()},
                                {"domain_xml", result.domain_xml.string()},
                                {"took_ms", result.took.count()}};
    if (!result.build.empty())
        json["folder"] = result.build.string();
    return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

int report(const ReportCommand& command, const pipeline::Context& context) {
    const std::filesystem::path build =
        report::find_build(context.settings.data_dir / "builds", command.build);
    if (command.json)
        fmt::print("{}", read_file(build / "build.json"));
    else
        fmt::print("{}", report::gist(build));
    if (command.open)
        std::ignore = context.runner.output_of(
            {.argv = {"xdg-open", std::filesystem::absolute(build / "report.html").string()}});
    return 0;
}

}  // namespace glinda::cli
