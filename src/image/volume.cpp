#include "glinda/image/volume.hpp"

#include <fcntl.h>

#include <cerrno>
#include <exception>
#include <nlohmann/json.hpp>

#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"

namespace glinda::image {
namespace {

namespace fs = std::filesystem;

std::string qemu_img(Runner& runner, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "qemu-img");
    try {
        return runner.output_of({.argv = std::move(arguments)});
    } catch (Error& error) {
        if (std::string_view{error.what()}.find("was not found") != std::string_view::npos)
            error.add_note("it comes with QEMU, often in a package of its own: qemu-utils");
        throw;
    }
}

/// Takes the name, which qemu-img would take from another file without a word.
TemporaryFile claim(const fs::path& path) {
    const FileDescriptor file{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
    if (!file && errno == EEXIST)
        throw Error{Fault::environment,
                    path.string() + " exists already",
                    {"remove it, or choose another name"}};
    if (!file)
        throw system_error("cannot make " + path.string());
    return TemporaryFile{path};
}

}  // namespace

void create(Runner& runner, const fs::path& path, const std::string& format, std::uint64_t bytes) {
    TemporaryFile file = claim(path);
    in_context("making the disk image " + path.string(), [&] {
        qemu_img(runner, {"create", "-q", "-f", format, fs::absolute(path).string(),
                          std::to_string(bytes)});
    });
    file.keep();
}

void overlay(Runner& runner, const fs::path& base, const std::string& base_format,
             const fs::path& path) {
    TemporaryFile file = claim(path);
    in_context("making the disk image " + path.string(), [&] {
        qemu_img(runner, {"create", "-q", "-f", "qcow2", "-F", base_format, "-b",
                          fs::absolute(base).string(), fs::absolute(path).string()});
    });
    file.keep();
}

void flatten(Runner& runner, const fs::path& overlay, const fs::path& path,
             const std::string& format) {
    TemporaryFile file = claim(path);
    in_context("making the disk image " + path.string(), [&] {
        qemu_img(runner, {"convert", "-q", "-f", "qcow2", "-O", format,
                          fs::absolute(overlay).string(), fs::absolute(path).string()});
    });
    file.keep();
}

void convert(Runner& runner, const fs::path& image, const std::string& from, const fs::path& path,
             const std::string& to) {
    TemporaryFile file = claim(path);
    in_context("making the disk image " + path.string(), [&] {
        if (from == "raw" && to == "raw")
            runner.output_of({.argv = {"cp", "--reflink=auto", "--sparse=always", "--",
                                       fs::absolute(image).string(), fs::absolute(path).string()}});
        else
            qemu_img(runner, {"convert", "-q", "-W", "-f", from, "-O", to,
                              fs::absolute(image).string(), fs::absolute(path).string()});
    });
    file.keep();
}

VolumeInfo info(Runner& runner, const fs::path& path) {
    const std::string output = in_context("reading the disk image " + path.string(), [&] {
        return qemu_img(runner, {"info", "--output=json", fs::absolute(path).string()});
    });
    try {
        const nlohmann::json json = nlohmann::json::parse(output);
        return {.format = json.at("format").get<std::string>(),
                .virtual_size = json.at("virtual-size").get<std::uint64_t>(),
                .actual_size = json.at("actual-size").get<std::uint64_t>(),
                .is_whole = !json.contains("backing-filename") &&
                            output.find("\"data-file\"") == std::string::npos};
    } catch (const nlohmann::json::exception& error) {
        throw Error{Fault::environment,
                    glinda::format("qemu-img info on {} gave no usable answer: {}", path.string(),
                                   error.what())};
    }
}

}  // namespace glinda::image
