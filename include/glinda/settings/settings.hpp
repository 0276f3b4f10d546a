#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace glinda::settings {

/// How this host is used: what the user says once for all builds. The meaning of each field stands
/// in the table of keys() and in config/glinda.cfg. Empty text means: glinda chooses.
struct Settings {
    std::filesystem::path output_dir;
    std::filesystem::path data_dir;
    std::filesystem::path screenshot_dir;
    std::filesystem::path private_key;

    std::string uri;
    std::string domain_type;
    std::string bridge;
    std::uint64_t cpus = 0;
    std::uint64_t memory = 0;  ///< MiB
    std::string image_type;
    std::string rng_model;
    std::string rng_device;
    std::uint64_t rng_rate_bytes = 0;
    std::uint64_t rng_rate_period = 0;  ///< milliseconds

    bool cache_original_media = false;
    std::uint64_t cache_size = 0;  ///< GiB
    bool cache_modified_media = false;
    bool cache_installed_image = false;
    bool safe_manifest = false;

    std::chrono::seconds install_timeout{};
    std::chrono::seconds inactivity_timeout{};
    std::chrono::seconds boot_timeout{};
    std::chrono::seconds shutdown_timeout{};

    bool keep_builds = false;
    bool screens = false;
    std::filesystem::path data;
    std::string viewer;
};

/// One key of a settings file: everything that glinda knows about it.
struct Key {
    std::string_view section;
    std::string_view name;
    std::string_view default_value;
    std::string_view default_for_root;  ///< empty: the same
    std::string_view meaning;           ///< one or more lines for people
    std::variant<std::filesystem::path Settings::*, std::string Settings::*,
                 std::uint64_t Settings::*, bool Settings::*, std::chrono::seconds Settings::*>
        field;
    /// Whether glinda does already what the key says.
    enum class Effect { now, later };
    Effect effect = Effect::now;
};

/// All keys, section by section.
[[nodiscard]] std::span<const Key> keys();

/// Where settings are looked for.
struct Environment {
    std::filesystem::path home;
    std::filesystem::path config_home;  ///< $XDG_CONFIG_HOME
    std::filesystem::path system_config{"/etc"};
    bool root = false;

    /// That of this process.
    [[nodiscard]] static Environment current();
};

struct Loaded {
    Settings settings;
    std::filesystem::path file;  ///< where they came from; empty: built in
    std::vector<std::string> warnings;
};

/// Reads `file`, or else the first that exists of glinda's and Oz's usual places, in the syntax of
/// Python's ConfigParser (Oz's reader), interpolation included, and then applies `overrides`
/// ("section.key=value", taken literally) to it. A file is never merged with another. What a file
/// has that glinda does not know, or does not heed yet, becomes a warning.
/// @throws Error (usage) that names file and line if `file` does not exist, a file cannot be
///         parsed, a value has the wrong type or an override names no key.
[[nodiscard]] Loaded load(const std::optional<std::filesystem::path>& file,
                          const std::vector<std::string>& overrides,
                          const Environment& environment);

}  // namespace glinda::settings
