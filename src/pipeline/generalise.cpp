#include "glinda/pipeline/generalise.hpp"

#include <fcntl.h>

#include <algorithm>

#include "customising.hpp"
#include "finished_image.hpp"
#include "generalising.hpp"
#include "glinda/image/ext.hpp"
#include "glinda/image/volume.hpp"
#include "glinda/tdl/template.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/hold.hpp"
#include "glinda/util/text.hpp"
#include "image_guest.hpp"

namespace glinda::pipeline {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using image::ExtFiles;

/// Writes no more on the disk than it has to, and nothing after that: an orderly end would save a
/// new random seed and log itself. sysrq(4)'s u and o; other systems have halt(8).
constexpr const char* end_at_once =
    "sync\n"
    "if [ -w /proc/sysrq-trigger ]; then echo u >/proc/sysrq-trigger; echo o >/proc/sysrq-trigger\n"
    "else halt -p -n -q\n"
    "fi\n";

/// The image itself, or the one that a domain XML names.
FinishedImage image_at(const fs::path& file, Runner& runner) {
    constexpr std::size_t largest = std::size_t{1} << 20U;
    static_cast<void>(open_file(file, O_RDONLY, 0, Fault::usage));
    std::error_code none;
    if (fs::file_size(file, none) <= largest &&
        trim(read_file(file, Fault::usage, largest)).starts_with('<'))
        return image_of(file);
    const image::VolumeInfo info = image::info(runner, file);
    if (!info.is_whole)
        throw Error{Fault::usage,
                    file.string() + " rests on another file",
                    {"make one file of both, with qemu-img convert"}};
    return {.path = file, .format = info.format};
}

/// The image as one raw file that may be changed, beside it.
class WorkingCopy {
public:
    WorkingCopy(const FinishedImage& image, Runner& runner)
        : image_{image}, runner_{runner}, raw_{fresh(image.path, ".generalised")} {
        image::convert(runner_, image_.path, image_.format, raw_.path(), "raw");
    }
    [[nodiscard]] const fs::path& path() const noexcept { return raw_.path(); }

    /// Makes it the image.
    void keep() {
        if (image_.format == "raw") {
            replace_image(image_.path, std::move(raw_));
            return;
        }
        TemporaryFile converted = fresh(image_.path, ".converted");
        image::convert(runner_, raw_.path(), "raw", converted.path(), image_.format);
        replace_image(image_.path, std::move(converted));
    }

private:
    /// Without what one that was killed has left.
    static TemporaryFile fresh(const fs::path& image, const char* ending) {
        TemporaryFile file{image.string() + ending};
        std::error_code none;
        fs::remove(file.path(), none);
        return file;
    }

    const FinishedImage& image_;
    Runner& runner_;
    TemporaryFile raw_;
};

/// The file system with the system, if all that matters is on it; else why not.
struct Root {
    std::optional<ExtFiles> files;
    std::string why_not;
};

Root find_root(const WorkingCopy& copy, const std::vector<Concern>& concerns, Runner& runner) {
    Root root{.files = std::nullopt,
              .why_not = "its system is not on an ext2, ext3 or ext4 file system"};
    for (const std::uint64_t offset : image::ext_file_systems(runner, copy.path())) {
        if (image::needs_replay(copy.path(), offset))
            return {.files = std::nullopt,
                    .why_not = "its guest did not end in order: a journal has to be replayed"};
        ExtFiles files{runner, copy.path(), offset};
        const auto fstab = files.read("/etc/fstab");
        if (!fstab)
            continue;
        if (root.files)
            return {.files = std::nullopt, .why_not = "it has more than one system"};
        const std::vector<std::string> mounts = other_mounts(*fstab, concerns);
        if (!mounts.empty())
            return {.files = std::nullopt,
                    .why_not = "it has file systems of their own for " + join(mounts, ", ")};
        root.files.emplace(std::move(files));
    }
    return root;
}

void refuse_traces(const std::vector<Trace>& left) {
    for (const Trace& trace : left)
        throw Error{Fault::environment, format("{} of the image is still there: {}", trace.what,
                                               join(trace.paths, ", "))};
}

/// What was done offline, or why that cannot be.
std::variant<std::vector<Trace>, std::string> change_offline(const FinishedImage& image,
                                                             const std::vector<Concern>& concerns,
                                                             const GeneraliseRequest& request,
                                                             const Context& context) {
    context.progress.phase("copying " + image.path.string());
    WorkingCopy copy{image, context.runner};
    context.progress.phase("generalising " + image.path.string());
    Root root = find_root(copy, concerns, context.runner);
    if (!root.files)
        return root.why_not;
    Generalisation plan = plan_generalisation(*root.files, concerns);
    if (!plan.links.empty())
        return "it has links in place of folders: " + join(plan.links, ", ");
    if (request.dry_run)
        return std::move(plan.traces);
    const TemporaryFolder folder{fs::temp_directory_path() / "glinda-generalise-"};
    root.files->apply(plan.edits, folder.path());
    root.files->trim();
    refuse_traces(plan_generalisation(*root.files, concerns).traces);
    copy.keep();
    return std::move(plan.traces);
}

std::string output_of(guest::Session& session, const std::string& script, const Context& context) {
    guest::CommandResult result = session.run(script, {.limit = context.settings.install_timeout});
    if (result.status != 0)
        throw Error{Fault::guest,
                    format("the script ended with status {} in the guest", result.status),
                    {end_of(result.errors)}};
    return std::move(result.output);
}

std::vector<Trace> change_in_guest(const FinishedImage& image, const std::vector<Concern>& concerns,
                                   const GeneraliseRequest& request, const Context& context) {
    const tdl::Template wanted =
        tdl::read_template(*request.template_file, context.schemas / "tdl.rng", request.variables);
    std::vector<Trace> traces;
    on_overlay(image, wanted, context, nullptr, [&](ImageGuest& guest) {
        context.progress.phase("generalising " + image.path.string());
        const std::string listing = listing_script(concerns);
        traces = traces_in(output_of(guest.session, listing, context));
        if (request.dry_run)
            return;
        // The guest's services write on, so what they make between is done again at the very end.
        output_of(guest.session, changing_script(concerns), context);
        refuse_traces(traces_in(output_of(guest.session, listing, context)));
        if (!guest.end(changing_script(concerns) + end_at_once))
            throw Error{Fault::timeout, format("the guest did not switch itself off within {}",
                                               to_text(context.settings.shutdown_timeout))};
        context.progress.phase("writing " + image.path.string());
        replace_image(image.path, image.format, guest.overlay, context.runner);
    });
    return traces;
}

}  // namespace

GeneraliseResult generalise(const GeneraliseRequest& request, const Context& context) {
    const Clock::time_point start = Clock::now();
    const std::vector<Concern> concerns = read_concerns(context.families / "generalise.xml");
    FinishedImage image = image_at(request.image, context.runner);
    std::error_code missing;
    image.path = fs::canonical(fs::absolute(image.path), missing);
    if (missing)
        throw Error{Fault::usage, format("{} names an image that cannot be used: {}",
                                         request.image.string(), missing.message())};
    const FileDescriptor lock = seize(image.path, context.stop);
    auto outcome = change_offline(image, concerns, request, context);
    if (const auto* const why_not = std::get_if<std::string>(&outcome)) {
        if (!request.template_file)
            throw Error{Fault::usage,
                        format("{} cannot be generalised without booting it: {}",
                               image.path.string(), *why_not),
                        {"with its template, --template TDL, it is booted for that"}};
        context.progress.info(format("{}: booting it, as {}", image.path.string(), *why_not));
        outcome = change_in_guest(image, concerns, request, context);
    }
    return {.image = image.path,
            .traces = std::get<std::vector<Trace>>(std::move(outcome)),
            .took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start)};
}

}  // namespace glinda::pipeline
