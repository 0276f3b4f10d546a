#include "glinda/image/files.hpp"

#include <algorithm>
#include <chrono>

#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"

namespace glinda::image {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// It reads what others have made, and a wrong file system may lead it in circles.
constexpr auto longest_read = 60s;

/// GRUB says only by its message whether a file is missing or cannot be read.
bool is_missing(const Result& result) {
    return result.errors.find("not found") != std::string::npos ||
           result.errors.find("not a directory") != std::string::npos ||
           result.errors.find("not a regular file") != std::string::npos ||
           result.errors.find("unknown filesystem") != std::string::npos;
}

}  // namespace

Files::Files(Runner& runner, const fs::path& image, const std::string& format,
             const fs::path& folder)
    : runner_{runner}, raw_{fs::absolute(image)} {
    if (format != "raw") {
        copy_.emplace(folder / "raw");
        runner_.output_of({.argv = {"qemu-img", "convert", "-q", "-W", "-f", format, "-O", "raw",
                                    raw_.string(), copy_->path().string()}});
        raw_ = copy_->path();
    }
    const Result listed = grub({"ls"});
    if (listed.status != 0)
        throw Error{Fault::environment, glinda::format("cannot read {}: {}", image.string(),
                                                       trim(printable(listed.errors)))};
    std::vector<std::string> whole;
    for (const std::string_view word : words(listed.output)) {
        if (word.starts_with("(loop") && word.find(',') == std::string_view::npos)
            whole.emplace_back(word);
        else if (word != "(proc)" && word != "(host)" && word != "(memdisk)")
            devices_.emplace_back(word);
    }
    std::ranges::move(whole, std::back_inserter(devices_));
}

Result Files::grub(std::vector<std::string> words) const {
    words.insert(words.begin(), {"grub-fstest", raw_.string()});
    try {
        return runner_.run({.argv = std::move(words), .timeout = longest_read});
    } catch (Error& error) {
        if (std::string_view{error.what()}.find("was not found") != std::string_view::npos)
            error.add_note("it comes with GRUB, often in the package grub-common");
        throw;
    }
}

std::vector<std::string> Files::list(const std::string& device, const std::string& folder) const {
    const Result result = grub({"ls", device + folder + "/"});
    std::vector<std::string> names;
    if (result.status == 0)
        for (const std::string_view word : words(result.output))
            names.emplace_back(word);
    return names;
}

std::optional<std::string> Files::read(const std::string& device, const std::string& file,
                                       std::size_t limit) const {
    Result result = grub({"-n", std::to_string(limit + 1), "cat", device + file});
    if (result.status == 0 && result.output.size() <= limit)
        return std::move(result.output);
    if (result.status == 0)
        throw Error{Fault::environment,
                    format("{} in the image has more than {} bytes", file, limit)};
    if (is_missing(result))
        return std::nullopt;
    throw Error{Fault::environment,
                format("cannot read {} in the image: {}", file, trim(printable(result.errors)))};
}

bool Files::copy(const std::string& device, const std::string& file, const fs::path& to,
                 std::size_t limit) const {
    const Result result = grub({"-n", std::to_string(limit + 1), "cp", device + file, to.string()});
    if (result.status != 0) {
        std::error_code none;
        fs::remove(to, none);
        if (is_missing(result))
            return false;
        throw Error{Fault::environment, format("cannot read {} in the image: {}", file,
                                               trim(printable(result.errors)))};
    }
    if (fs::file_size(to) > limit)
        throw Error{Fault::environment,
                    format("{} in the image has more than {} bytes", file, limit)};
    return true;
}

}  // namespace glinda::image
