#include "glinda/image/ext.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <nlohmann/json.hpp>

#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"

namespace glinda::image {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// They read what others have made; of a large file system e2fsck reads all tables.
constexpr auto longest = 5min;
constexpr std::size_t longest_command = 4096;

/// They are an administrator's, whose folders a user's PATH may lack.
std::string find_tool(const std::string& name) {
    std::error_code none;
    for (const char* const folder : {"/usr/sbin/", "/sbin/"})
        if (fs::exists(folder + name, none))
            return folder + name;
    return name;
}

Result run_tool(Runner& runner, Command command, const char* package) {
    command.argv.front() = find_tool(command.argv.front());
    try {
        return runner.run(command);
    } catch (Error& error) {
        if (std::string_view{error.what()}.find("was not found") != std::string_view::npos)
            error.add_note(format("it is in the package {}", package));
        throw;
    }
}

/// ext4's documentation in Linux, "Super Block": 0xEF53 in the bytes 1080 and 1081.
bool has_ext(int image, std::uint64_t offset) {
    std::array<unsigned char, 2> magic{};
    return ::pread(image, magic.data(), magic.size(), static_cast<off_t>(offset + 1080)) == 2 &&
           magic[0] == 0x53 && magic[1] == 0xef;
}

/// Where partitions begin, as sfdisk(8) tells; none without a partition table.
std::vector<std::uint64_t> partitions(Runner& runner, const fs::path& image) {
    const Result result = run_tool(
        runner, {.argv = {"sfdisk", "-J", fs::absolute(image)}, .timeout = longest}, "fdisk");
    std::vector<std::uint64_t> offsets;
    if (result.status != 0)
        return offsets;
    try {
        const auto table = nlohmann::json::parse(result.output).at("partitiontable");
        const auto sector = table.value("sectorsize", std::uint64_t{512});
        for (const auto& partition : table.at("partitions"))
            offsets.push_back(partition.at("start").get<std::uint64_t>() * sector);
    } catch (const nlohmann::json::exception& error) {
        throw Error{Fault::environment,
                    format("sfdisk on {} gave no usable answer: {}", image.string(), error.what())};
    }
    return offsets;
}

/// A word of a debugfs command: quotes are doubled within quotes (libss). A line end ends it.
std::string word(const std::string& text) {
    if (text.find_first_of("\r\n") != std::string::npos || text.size() > longest_command)
        throw Error{Fault::environment,
                    format("{} in the image has a name that debugfs cannot be told",
                           printable(text.substr(0, 200)))};
    std::string quoted = "\"";
    for (const char c : text)
        quoted += c == '"' ? std::string{"\"\""} : std::string{c};
    return quoted + "\"";
}

/// What debugfs complains of: it says its version first, and always ends well.
std::string complaint(const Result& result) {
    const std::size_t end = result.errors.find('\n');
    const bool greets = result.errors.starts_with("debugfs ");
    return std::string{trim(printable(
        greets ? result.errors.substr(std::min(end, result.errors.size())) : result.errors))};
}

/// A field of a file system's super block, little-endian (ext4's documentation in Linux).
std::uint32_t super_field(int image, std::uint64_t offset, std::uint64_t field) {
    std::array<unsigned char, 4> bytes{};
    if (::pread(image, bytes.data(), bytes.size(), static_cast<off_t>(offset + 1024 + field)) != 4)
        throw system_error("cannot read the file system");
    std::uint32_t value = 0;
    for (std::size_t i = bytes.size(); i-- > 0;)
        value = value << 8U | bytes[i];
    return value;
}

ExtFiles::Entry::Kind kind_of(std::string_view mode) {
    using Kind = ExtFiles::Entry::Kind;
    if (mode.starts_with("10"))
        return Kind::file;
    if (mode.starts_with("12"))
        return Kind::link;
    return mode.starts_with("04") ? Kind::folder : Kind::other;
}

}  // namespace

std::vector<std::uint64_t> ext_file_systems(Runner& runner, const fs::path& image) {
    const FileDescriptor file = open_file(image, O_RDONLY);
    if (has_ext(file.get(), 0))
        return {0};
    std::vector<std::uint64_t> found = partitions(runner, image);
    std::erase_if(found, [&](std::uint64_t offset) { return !has_ext(file.get(), offset); });
    return found;
}

bool needs_replay(const fs::path& image, std::uint64_t offset) {
    // ext4's documentation in Linux, "Super Block": s_feature_incompat, INCOMPAT_RECOVER.
    constexpr std::uint64_t incompatible_features = 1024 + 0x60;
    unsigned char flags = 0;
    if (::pread(open_file(image, O_RDONLY).get(), &flags, 1,
                static_cast<off_t>(offset + incompatible_features)) != 1)
        throw system_error("cannot read " + image.string());
    return (flags & 0x4U) != 0;
}

ExtFiles::ExtFiles(Runner& runner, fs::path image, std::uint64_t offset)
    : runner_{runner},
      image_{std::move(image)},
      offset_{offset},
      place_{format("{}?offset={}", fs::absolute(image_).string(), offset)} {
    check({});
}

void ExtFiles::check(const std::vector<std::string>& options) {
    std::vector<std::string> argv{"e2fsck", "-f", "-p"};
    argv.insert(argv.end(), options.begin(), options.end());
    argv.push_back(place_);
    const Result result =
        run_tool(runner_, {.argv = std::move(argv), .timeout = longest}, "e2fsprogs");
    // e2fsck(8), "EXIT CODE": 1 is "errors corrected".
    if (result.status > 1)
        throw Error{Fault::environment,
                    format("the file system in {} has faults", image_.string()),
                    {std::string{glinda::trim(printable(result.output + result.errors))}}};
}

void ExtFiles::trim() {
    // Written anew, folders have no names left of what was in them. e2fsck lets go of nothing where
    // it has changed something.
    check({"-D"});
    check({"-E", "discard"});
    clear_journal();
}

void ExtFiles::clear_journal() {
    constexpr std::uint64_t log_block_size = 0x18;
    const FileDescriptor image = open_file(image_, O_RDWR);
    const std::uint64_t block_size = std::uint64_t{1024}
                                     << super_field(image.get(), offset_, log_block_size);
    const Result result = debugfs({"-R", "blocks <8>"});
    const std::vector<std::string_view> blocks = words(result.output);
    // The first one says that the journal is empty.
    for (std::size_t i = 1; i < blocks.size(); ++i)
        if (const auto block = to_number(blocks[i]);
            block && ::fallocate(image.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                                 static_cast<off_t>(offset_ + *block * block_size),
                                 static_cast<off_t>(block_size)) != 0)
            throw system_error("cannot clear the journal in " + image_.string());
}

Result ExtFiles::debugfs(std::vector<std::string> arguments, std::string input) const {
    arguments.insert(arguments.begin(), "debugfs");
    arguments.push_back(place_);
    return run_tool(runner_,
                    {.argv = std::move(arguments), .input = std::move(input), .timeout = longest},
                    "e2fsprogs");
}

std::vector<ExtFiles::Entry> ExtFiles::list(const std::string& folder) const {
    const Result result = debugfs({"-R", "ls -p " + word(folder + "/")});
    std::vector<Entry> entries;
    for (const std::string_view line : split(result.output, '\n')) {
        if (glinda::trim(line).empty())
            continue;
        // "/inode/mode/user/group/name/size/"
        const std::vector<std::string_view> parts = split(line, '/');
        if (parts.size() != 8 || !parts[0].empty() || !parts[7].empty())
            throw Error{Fault::environment,
                        format("{} in the image has a file with an impossible name", folder)};
        // The first entry of a block stays when it is removed, without an inode.
        if (parts[1] != "0" && parts[5] != "." && parts[5] != "..")
            entries.push_back(
                {std::string{parts[5]}, kind_of(parts[2]), to_number(parts[6]).value_or(0)});
    }
    return entries;
}

std::optional<std::string> ExtFiles::read(const std::string& file) const {
    Result result = debugfs({"-R", "cat " + word(file)});
    return complaint(result).empty() ? std::optional{std::move(result.output)} : std::nullopt;
}

void ExtFiles::apply(const std::vector<Edit>& edits, const fs::path& folder) {
    std::string commands;
    int copies = 0;
    for (const Edit& edit : edits) {
        const std::string path = word(edit.path);
        switch (edit.kind) {
            case Edit::Kind::remove_file:
                commands += format("rm {}\n", path);
                break;
            case Edit::Kind::remove_folder:
                commands += format("rmdir {}\n", path);
                break;
            case Edit::Kind::empty:
                commands += format("punch {0} 0\nsif {0} size 0\n", path);
                break;
            case Edit::Kind::make_folder:
                commands += format("mkdir {}\n", path);
                break;
            case Edit::Kind::write:
                const fs::path copy = folder / ("new" + std::to_string(copies++));
                write_file(copy, edit.content, 0644);
                commands += format("write {} {}\n", word(copy), path);
                break;
        }
    }
    if (commands.empty())
        return;
    const Result result = debugfs({"-w", "-f", "-"}, commands);
    if (const std::string wrong = complaint(result); result.status != 0 || !wrong.empty())
        throw Error{Fault::environment,
                    format("cannot change the file system in {}: {}", image_.string(), wrong)};
}

}  // namespace glinda::image
