// store_program FOLDER URL: gets a URL by way of a store, and prints where it is; FOLDER URL
// shared: over several connections at once. store_program FILE URL SHA256: fetches it to a file.
// What the tests kill, and what the benchmark times.

#include <fmt/core.h>

#include <chrono>
#include <exception>
#include <string_view>

#include "glinda/media/store.hpp"

int main(int argc, char** argv) {
    try {
        using namespace glinda::media;
        const std::string_view last = argc == 4 ? argv[3] : "";
        FetchOptions options;
        if (last == "shared") {
            options.patience = std::chrono::milliseconds{0};
            options.shared_from = 1;
        }
        if (argc == 4 && last != "shared")
            fetch(argv[2], argv[1], {.expected = Digest{"sha256", argv[3]}});
        else if (argc == 3 || argc == 4)
            fmt::print(
                "{}",
                fetch_stored({.folder = argv[1]}, argv[2], Reuse::allowed, options).path.string());
        return argc == 3 || argc == 4 ? 0 : 2;
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
