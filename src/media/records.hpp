#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace glinda::media {

/// The records of an image's folders (ECMA-119, 9.1; SUSP, IEEE P1281, 4 and 5; Rock Ridge) as far
/// as libisofs 1.5.4 believes them without looking: it reads past its buffers where a record or
/// an entry in it does not end within what holds it.
class Records {
public:
    /// Gives a block of the image by its number; less of it where the image ends.
    using ReadBlock = std::function<std::string(std::uint32_t)>;

    /// Of the image that begins with `head`, which volume_head bytes are enough of.
    Records(std::string_view head, ReadBlock read);

    /// Whether libisofs can be let at the folder that begins with this block to read how the
    /// image names its files.
    [[nodiscard]] bool root_fits() const;
    /// Whether it can be let at a block of a folder.
    [[nodiscard]] bool fit(std::string_view block) const;

private:
    /// Whether what an entry leads to is to be looked at, too.
    enum class Links { followed, ignored };
    [[nodiscard]] bool record_fits(std::string_view record, Links links) const;
    [[nodiscard]] bool entry_fits(std::string_view entry, Links links) const;
    [[nodiscard]] std::optional<std::string> next_area(std::string_view area, Links links) const;
    [[nodiscard]] bool entries_fit(std::string_view area, Links links) const;
    [[nodiscard]] std::string continuation(std::string_view entry) const;

    ReadBlock read_;
    std::string root_;                   ///< its first record
    std::optional<std::uint64_t> skip_;  ///< bytes before entries, if there are entries at all
};

}  // namespace glinda::media
