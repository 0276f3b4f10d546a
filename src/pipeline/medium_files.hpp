#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "glinda/media/fetch.hpp"
#include "glinda/media/iso.hpp"
#include "glinda/media/udf.hpp"
#include "glinda/media/wim.hpp"
#include "wim_images.hpp"

namespace glinda::pipeline {

/// The files of a medium, wherever it is: each is looked for once. Paths are relative to the root.
class MediumFiles {
public:
    /// Those of its file systems, of which there may be two; the image has to outlive the result.
    [[nodiscard]] static MediumFiles of_image(const media::Iso* iso, const media::Udf* udf,
                                              std::string name);
    [[nodiscard]] static MediumFiles of_folder(const std::filesystem::path& folder);
    /// A tree behind an http or https URL.
    [[nodiscard]] static MediumFiles of_url(const std::string& url,
                                            const media::FetchOptions& options);

    /// The content of a small file, or of a WIM file what lines_of() says of its images; nothing if
    /// there is none.
    /// @throws Error if it cannot be read or is larger than 256 KiB.
    [[nodiscard]] const std::optional<std::string>& text(const std::string& path);

    /// @throws Error if the medium cannot be read.
    [[nodiscard]] bool has(const std::string& path);

    /// Those in the first WIM file that was looked at and has any.
    [[nodiscard]] const std::vector<WimImage>& images() const noexcept { return images_; }

    /// Whatever was looked for and is not there, with the root before it.
    [[nodiscard]] std::vector<std::string> missed() const;

private:
    using Read = std::function<std::optional<std::string>(const std::string&)>;
    /// Gives the way to read parts of a file; nothing if there is none.
    using Open = std::function<media::ReadPart(const std::string&)>;
    using Find = std::function<bool(const std::string&)>;

    MediumFiles(std::string root, Read read, Open open, Find find)
        : root_{std::move(root)},
          read_{std::move(read)},
          open_{std::move(open)},
          find_{std::move(find)} {}
    [[nodiscard]] std::optional<std::string> images_in(const std::string& path);

    std::string root_;
    Read read_;
    Open open_;
    Find find_;
    std::vector<WimImage> images_;
    std::map<std::string, std::optional<std::string>> texts_;
    std::map<std::string, bool> found_;
};

}  // namespace glinda::pipeline
