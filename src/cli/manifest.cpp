#include "manifest.hpp"

#include <fmt/core.h>

#include <array>
#include <cstdlib>
#include <ctime>

#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"

namespace glinda::cli {
namespace {

namespace fs = std::filesystem;

/// The present time, or the one that is to be written for the sake of reproducible documents
/// (reproducible-builds.org, "SOURCE_DATE_EPOCH").
std::string time_of_document() {
    const char* const given = std::getenv("SOURCE_DATE_EPOCH");
    const auto seconds = to_number(given == nullptr ? "" : given);
    const std::time_t now = seconds ? static_cast<std::time_t>(*seconds) : std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    std::array<char, 64> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::string document_of(const inventory::Manifest& manifest, ManifestCommand::Format format) {
    switch (format) {
        case ManifestCommand::Format::spdx:
            return inventory::to_spdx(manifest, time_of_document());
        case ManifestCommand::Format::cyclonedx:
            return inventory::to_cyclonedx(manifest, time_of_document());
        case ManifestCommand::Format::icicle:
            break;
    }
    return inventory::to_icicle(manifest);
}

void show(const std::string& text, const std::optional<fs::path>& file) {
    if (file)
        write_file(*file, text, 0644);
    else
        fmt::print("{}", text);
}

}  // namespace

void show_icicle(const inventory::Manifest& manifest, const std::optional<fs::path>& file) {
    show(inventory::to_icicle(manifest), file);
    if (file)
        fmt::print("ICICLE XML was written to {}\n", file->string());
}

int manifest(const ManifestCommand& command, const Engine& engine,
             const pipeline::Context& context) {
    if (command.difference) {
        show(inventory::difference(engine.packages_of(command.template_file, context),
                                   engine.packages_of(command.domain_xml, context)),
             command.output);
        return 0;
    }
    const inventory::Manifest found =
        engine.manifest({command.template_file, command.domain_xml, command.variables}, context);
    if (command.icicle_file)
        show_icicle(found, command.icicle_file);
    else
        show(document_of(found, command.format), command.output);
    return 0;
}

}  // namespace glinda::cli
