#include "adopt.hpp"

#include <nlohmann/json.hpp>

#include "glinda/answer/adopt.hpp"
#include "glinda/catalog/family.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"

namespace glinda::cli {
namespace {

namespace fs = std::filesystem;
using answer::Adopted;
using answer::AdoptedLine;
using answer::AdoptedMachine;

/// The answer file of a machine, and whose it is.
struct Found {
    std::string dialect;
    fs::path rules;
    AdoptedMachine machine;
};

Found recognize(const fs::path& file, std::string_view text, const catalog::Catalog& catalog) {
    std::vector<std::string> dialects;
    std::error_code none;
    for (const catalog::Family& family : catalog.families()) {
        const fs::path rules = family.folder / "adopt.xml";
        if (!fs::exists(rules, none))
            continue;
        dialects.push_back(family.dialect);
        if (auto machine = answer::recognize(text, rules))
            return {family.dialect, rules, *std::move(machine)};
    }
    throw Error{Fault::usage,
                format("{}: this is not what an installer leaves on its machine", file.string()),
                {"glinda adopts files of the kinds " + join(dialects, ", ")}};
}

const catalog::System* system_of(const catalog::Match& match) {
    for (const catalog::System& system : match.family->systems)
        for (const catalog::Release& release : system.releases)
            if (&release == match.release)
                return &system;
    return nullptr;
}

/// Settles which release the machine has: what the user says goes before what the file tells.
void settle_release(const AdoptCommand& command, const catalog::Catalog& catalog,
                    AdoptedMachine& machine) {
    if (!command.os.empty()) {
        machine.system = command.os.at(0);
        machine.version = command.os.at(1);
    } else if (machine.version.empty()) {
        machine.version = machine.codename;
    }
    if (machine.system.empty() || machine.version.empty())
        throw Error{
            Fault::usage,
            format("{}: the file does not tell which release it is of", command.file.string()),
            {machine.system.empty()
                 ? "give --os NAME VERSION"
                 : format("give --os NAME VERSION, as in --os {} …", machine.system)}};
    const catalog::Match match = catalog.find(machine.system, machine.version, machine.arch);
    // Templates take the number where an installer writes the code name.
    if (machine.version == match.release->codename)
        machine.version = match.release->version;
    if (const catalog::System* system = system_of(match))
        machine.system = system->name;
}

/// What the new files are called: as the machine was, or as its system.
std::string name_for(const AdoptedMachine& machine) {
    return lower(machine.host.empty() ? format("{}-{}", machine.system, machine.version)
                                      : machine.host);
}

void refuse_existing(const fs::path& file) {
    std::error_code none;
    if (fs::exists(fs::symlink_status(file, none)))
        throw Error{Fault::usage,
                    format("{} exists already; nothing was written", file.string()),
                    {"give -f to replace it, -o DIR to write elsewhere, or --name NAME"}};
}

std::string action_of(const AdoptedLine& line) {
    if (line.before.empty())
        return "added";
    if (line.after.empty())
        return "dropped";
    return line.before == line.after ? "kept" : "changed";
}

void print(const AdoptedLine& line) {
    const std::string place = line.line == 0 ? "new" : std::to_string(line.line);
    fmt::print("{:>5}  {}\n", place, line.before.empty() ? line.after : line.before);
    const std::string action = action_of(line);
    if (action == "changed")
        fmt::print("    -> {}\n", line.after);
    fmt::print("       {}: {}\n", action, join(line.reasons, "; "));
}

/// What was made of a file.
struct Outcome {
    const AdoptCommand& command;
    const Found& found;
    const Adopted& adopted;
    fs::path template_file;
    fs::path answer_file;
};

void print_text(const Outcome& outcome) {
    const AdoptedMachine& machine = outcome.found.machine;
    fmt::print("{}: {} {} ({})\n", outcome.command.file.string(), machine.system, machine.version,
               outcome.found.dialect);
    for (const AdoptedLine& line : outcome.adopted.lines)
        print(line);
    const std::string variable = machine.medium == "url" ? "url" : "iso";
    fmt::print(
        "template:    {}\nanswer file: {}\ninstall by:  glinda install -a {} {}{}\n",
        outcome.template_file.string(), outcome.answer_file.string(), outcome.answer_file.string(),
        machine.url.empty() ? format("--var {}=… ", variable) : "", outcome.template_file.string());
}

void print_json(const Outcome& outcome) {
    using Json = nlohmann::ordered_json;
    const AdoptedMachine& machine = outcome.found.machine;
    Json lines = Json::array();
    for (const AdoptedLine& line : outcome.adopted.lines)
        lines.push_back({{"line", line.line == 0 ? Json() : Json(line.line)},
                         {"action", action_of(line)},
                         {"before", line.before},
                         {"after", line.after},
                         {"reasons", line.reasons}});
    const Json json{{"file", outcome.command.file.string()},
                    {"dialect", outcome.found.dialect},
                    {"system", machine.system},
                    {"version", machine.version},
                    {"arch", machine.arch},
                    {"template", outcome.template_file.string()},
                    {"answer_file", outcome.answer_file.string()},
                    {"lines", lines}};
    fmt::print("{}\n", json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace

int adopt(const AdoptCommand& command, const pipeline::Context& context) {
    const std::string text = read_file(command.file, Fault::usage, answer::adopt_limit);
    const catalog::Catalog catalog{context.families};
    Found found = recognize(command.file, text, catalog);
    settle_release(command, catalog, found.machine);
    const std::string name = command.name.empty() ? name_for(found.machine) : command.name;
    const Adopted adopted = in_context(command.file.string(), [&] {
        return answer::adopt(text, found.dialect, found.rules, found.machine);
    });
    const Outcome outcome{command, found, adopted,
                          (command.folder / (name + ".tdl")).lexically_normal(),
                          (command.folder / (name + adopted.suffix)).lexically_normal()};
    if (!command.replace)
        for (const fs::path& file : {outcome.template_file, outcome.answer_file})
            refuse_existing(file);
    make_folders(command.folder);
    // Both can hold secrets: the location of a tree may name a user.
    write_file(outcome.answer_file, adopted.text);
    write_file(outcome.template_file, answer::template_of(found.machine, adopted, name));
    if (command.json)
        print_json(outcome);
    else
        print_text(outcome);
    return 0;
}

}  // namespace glinda::cli
