// store_program FOLDER URL: gets a URL by way of a store, and prints where it is. store_program
// FILE URL SHA256: fetches it to a file. What the tests kill, and what the benchmark times.

#include <fmt/core.h>

#include <exception>

#include "glinda/media/store.hpp"

int main(int argc, char** argv) {
    try {
        using namespace glinda::media;
        if (argc == 4)
            fetch(argv[2], argv[1], {.expected = Digest{"sha256", argv[3]}});
        else if (argc == 3)
            fmt::print("{}",
                       fetch_stored({.folder = argv[1]}, argv[2], Reuse::allowed).path.string());
        return argc == 3 || argc == 4 ? 0 : 2;
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
