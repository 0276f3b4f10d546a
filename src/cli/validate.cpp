#include "validate.hpp"

#include <glib.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "glinda/media/fetch.hpp"
#include "glinda/pipeline/lint.hpp"
#include "glinda/tdl/contents.hpp"
#include "glinda/util/handle.hpp"
#include "glinda/util/text.hpp"

namespace glinda::cli {
namespace {

// The members stay in the order in which they are written here.
using Json = nlohmann::ordered_json;
using tdl::Template;

template <typename T>
Json or_null(const std::optional<T>& value) {
    return value ? Json(*value) : Json();
}

Json or_null(const std::string& text) {
    return text.empty() ? Json() : Json(text);
}

/// On one line; the name of a file may be no UTF-8.
std::string dump(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

template <typename Item, typename ToJson>
Json list(const std::vector<Item>& items, ToJson to_json) {
    Json all = Json::array();
    for (const Item& item : items)
        all.push_back(to_json(item));
    return all;
}

std::string base64(const std::string& bytes) {
    const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
    const Handle<char, &g_free> text{g_base64_encode(data, bytes.size())};
    return text.get();
}

void add(Json& object, const tdl::Content& content) {
    if (content.bytes)
        object["content_base64"] = base64(*content.bytes);
    else
        object["url"] = content.url;
}

const char* name_of(tdl::ContentType type) {
    switch (type) {
        case tdl::ContentType::base64:
            return "base64";
        case tdl::ContentType::url:
            return "url";
        case tdl::ContentType::raw:
            break;
    }
    return "raw";
}

Json to_json(const tdl::Extra& extra) {
    return {{"kind", extra.kind == tdl::Extra::Kind::file ? "file" : "directory"},
            {"source", extra.source},
            {"destination", extra.destination}};
}

Json to_json(const tdl::Package& package) {
    return {{"name", package.name},
            {"repository", or_null(package.repository)},
            {"file", or_null(package.file)},
            {"arguments", or_null(package.arguments)}};
}

Json to_json(const tdl::File& file) {
    Json json{{"name", file.name}, {"type", name_of(file.content.type)}};
    if (file.mode)
        json["mode"] = format("{:04o}", *file.mode);
    if (!file.owner.empty())
        json["owner"] = file.owner;
    add(json, file.content);
    return json;
}

Json to_json(const tdl::Command& command) {
    const bool is_script = command.playbook.empty();
    Json json{{"name", command.name},
              {"type", is_script ? name_of(command.content.type) : "ansible"},
              {"position", or_null(command.position)}};
    if (is_script)
        add(json, command.content);
    else
        json["playbook"] = command.playbook;
    return json;
}

Json to_json(const tdl::Repository& repository) {
    return {{"name", repository.name},
            {"url", repository.url},
            {"signed", repository.is_signed},
            {"persisted", repository.persisted},
            {"sslverify", repository.verify_tls}};
}

Json to_json(const tdl::User& user) {
    return {{"name", user.name},
            {"admin", user.admin},
            {"password_set", user.password.has_value()},
            {"ssh_keys", user.ssh_keys}};
}

Json install_json(const Template& wanted) {
    Json json{{"type", wanted.install_type == tdl::InstallType::iso ? "iso" : "url"},
              {"location", wanted.location},
              {"checksum", nullptr},
              {"signature", nullptr}};
    if (wanted.checksum)
        json["checksum"] = {{"algorithm", wanted.checksum->algorithm},
                            {"location", or_null(wanted.checksum->location)},
                            {"digest", or_null(wanted.checksum->digest)}};
    if (wanted.signature)
        json["signature"] = {{"key", wanted.signature->key},
                             {"location", or_null(wanted.signature->location)}};
    return json;
}

Json firmware_json(const Template& wanted) {
    if (!wanted.firmware)
        return nullptr;
    return *wanted.firmware == tdl::Firmware::efi ? "efi" : "bios";
}

Json network_json(const Template& wanted) {
    if (!wanted.network)
        return nullptr;
    return {{"address", format("{}/{}", wanted.network->address, wanted.network->prefix)},
            {"gateway", wanted.network->gateway},
            {"nameservers", wanted.network->nameservers}};
}

Json os_json(const Template& wanted) {
    return {{"name", wanted.os},
            {"version", wanted.version},
            {"arch", wanted.arch},
            {"install", install_json(wanted)},
            {"rootpw_set", wanted.root_password.has_value()},
            {"key_set", wanted.key.has_value()},
            {"kernelparam", or_null(wanted.kernel_parameters)},
            {"locale", or_null(wanted.locale)},
            {"keyboard", or_null(wanted.keyboard)},
            {"timezone", or_null(wanted.timezone)},
            {"hostname", or_null(wanted.hostname)},
            {"network", network_json(wanted)},
            {"icicle_command", or_null(wanted.icicle_command)},
            {"extras", list(wanted.extras, [](const auto& extra) { return to_json(extra); })},
            {"firmware", firmware_json(wanted)},
            {"ssh_keys", wanted.ssh_keys},
            {"users", list(wanted.users, [](const auto& user) { return to_json(user); })}};
}

/// As text, because the library has no number that holds the size.
std::string disk_json(const tdl::Disk& disk) {
    return format(R"({{"size":{},"bus":{},"format":{},"layout":{},"filesystem":{},"swap":{}}})",
                  disk.size, dump(or_null(disk.bus)), dump(or_null(disk.format)),
                  dump(disk.layout == tdl::Layout::lvm ? "lvm" : "partitions"),
                  dump(or_null(disk.filesystem)), disk.swap);
}

std::string template_json(const Template& wanted) {
    const auto item = [](const auto& value) { return to_json(value); };
    const auto file_name = [](const std::filesystem::path& file) { return file.string(); };
    std::string json = dump({{"name", wanted.name},
                             {"description", or_null(wanted.description)},
                             {"included", list(wanted.included, file_name)},
                             {"os", os_json(wanted)},
                             {"packages", list(wanted.packages, item)},
                             {"files", list(wanted.files, item)},
                             {"precommands", list(wanted.precommands, item)},
                             {"commands", list(wanted.commands, item)},
                             {"repositories", list(wanted.repositories, item)},
                             {"datasources", wanted.datasources}});
    std::vector<std::string> disks;
    for (const tdl::Disk& disk : wanted.disks)
        disks.push_back(disk_json(disk));
    json.pop_back();
    return format(R"({},"disk":{},"disks":[{}]}})", json, disks.front(), join(disks, ","));
}

/// What came of one file.
struct Outcome {
    std::optional<Template> understood{};
    std::optional<tdl::Mistake> mistake{};
    std::vector<answer::Finding> findings{};  ///< in the answer file
};

Json to_json(const answer::Finding& finding) {
    const bool is_error = finding.severity == answer::Finding::Severity::error;
    return {{"severity", is_error ? "error" : "warning"},
            {"line", finding.line > 0 ? Json(finding.line) : Json()},
            {"message", finding.what},
            {"since", or_null(finding.since)},
            {"mend", or_null(finding.mend)}};
}

Json answers_json(const std::filesystem::path& file, const Outcome& outcome) {
    if (outcome.mistake)
        return nullptr;
    return {{"file", file.string()},
            {"valid", !answer::has_errors(outcome.findings)},
            {"findings", list(outcome.findings, [](const auto& one) { return to_json(one); })}};
}

std::string to_json(const std::filesystem::path& file, const Outcome& outcome,
                    const std::optional<std::filesystem::path>& answers) {
    Json error;
    if (outcome.mistake)
        error = {{"line", outcome.mistake->line > 0 ? Json(outcome.mistake->line) : Json()},
                 {"element", or_null(outcome.mistake->element)},
                 {"message", outcome.mistake->file == file
                                 ? outcome.mistake->message
                                 : tdl::InvalidTemplate{*outcome.mistake}.what()}};
    const std::string checked =
        answers ? R"(,"answers":)" + dump(answers_json(*answers, outcome)) : "";
    return format(R"({{"file":{},"valid":{},"error":{},"template":{}{}}})", dump(file.string()),
                  !outcome.mistake, dump(error),
                  outcome.understood ? template_json(*outcome.understood) : "null", checked);
}

std::string fetch(const std::string& url, const std::stop_token& stop) {
    constexpr std::size_t limit = std::size_t{64} << 20U;
    auto content = media::fetch_text(url, limit, {.stop = stop});
    if (!content)
        throw Error{Fault::environment, "there is nothing at " + url};
    return *std::move(content);
}

/// What every template of a command is checked by.
struct Knowledge {
    tdl::Schema schema;
    std::optional<catalog::Catalog> catalog;  ///< if an answer file is checked, too
};

Outcome check(const std::filesystem::path& file, const ValidateCommand& command,
              const Knowledge& by, const std::stop_token& stop) {
    try {
        Template wanted = tdl::read_template(file, by.schema, command.variables);
        if (command.fetch)
            tdl::resolve_contents(wanted, [&](const std::string& url) { return fetch(url, stop); });
        std::vector<answer::Finding> findings;
        if (by.catalog)
            findings = pipeline::lint_answers(*command.answer_file, wanted, *by.catalog);
        return {.understood = std::move(wanted), .findings = std::move(findings)};
    } catch (const tdl::InvalidTemplate& error) {
        return {.mistake = error.mistake()};
    } catch (const Error& error) {
        if (error.fault() == Fault::cancelled)
            throw;
        return {.mistake = tdl::Mistake{.file = file, .message = error.what()}};
    }
}

void print_valid(const std::filesystem::path& file, const Outcome& outcome,
                 const std::optional<std::filesystem::path>& answers) {
    fmt::print("{}: valid\n", file.string());
    for (const answer::Finding& finding : outcome.findings)
        fmt::print("{}\n", to_text(finding, *answers));
}

}  // namespace

int validate(const ValidateCommand& command, const std::filesystem::path& schema_file,
             const std::filesystem::path& families, const std::stop_token& stop) {
    Knowledge by{.schema = tdl::Schema{schema_file}, .catalog = std::nullopt};
    if (command.answer_file)
        by.catalog.emplace(families);
    int status = 0;
    for (const std::filesystem::path& file : command.files) {
        if (stop.stop_requested())
            throw Error{Fault::cancelled, "interrupted"};
        const Outcome outcome = check(file, command, by, stop);
        if (command.json)
            fmt::print("{}\n", to_json(file, outcome, command.answer_file));
        else if (outcome.mistake)
            fmt::print("{}\n", tdl::InvalidTemplate{*outcome.mistake}.what());
        else
            print_valid(file, outcome, command.answer_file);
        if (outcome.mistake || answer::has_errors(outcome.findings))
            status = exit_status(Fault::usage);
    }
    return status;
}

}  // namespace glinda::cli
