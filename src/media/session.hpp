#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "glinda/media/remaster.hpp"

namespace glinda::media {

/// Whether implantisomd5(1) had written a checksum into an image, and what else it had said.
enum class Implanted { none, plain, of_supported_medium };

/// What a remaster writes: the image's new beginning, and a session behind its end.
struct Session {
    std::string head;                       ///< volume_head bytes, and as many as `partition`
    std::uint64_t start = 0;                ///< where the session begins; a multiple of 64 KiB
    std::uint64_t size = 0;                 ///< of the session, in bytes
    Implanted implanted = Implanted::none;  ///< it is no more
};

/// All pieces of a session but the last have this size.
inline constexpr std::size_t session_piece = 65536;

/// Takes a piece of a session, which belongs `at` that place of the image.
using WriteSession = std::function<void(std::uint64_t at, std::string_view bytes)>;

/// Has libisofs read the folders of an image and write them anew, changed, behind its end. If there
/// is a `partition`, at that place in bytes, they are written once more for who mounts that.
/// @throws Error (usage), (environment), (cancelled); whatever `to` throws.
[[nodiscard]] Session write_session(const RemasterPlan& plan, const WriteSession& to,
                                    const std::stop_token& stop, std::uint64_t partition = 0);

/// Has libisofs write a new image of `files` alone, with Rock Ridge and Joliet names.
/// @throws Error (usage), (environment); whatever `to` throws.
void write_image(const std::string& label, const std::vector<IsoChange>& files,
                 const WriteSession& to);

/// The path of a change as people write it: without a slash at either end.
/// @throws Error (usage) if nothing in an image can have it.
[[nodiscard]] std::string path_in_image(std::string_view path);

}  // namespace glinda::media
