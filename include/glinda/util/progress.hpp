#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace glinda {

/// How far a long work is.
struct Advance {
    std::optional<int> step;      ///< per cent of what is done now, as its program reports it
    std::optional<double> done;   ///< the share of the whole work, by what it took earlier
    std::chrono::seconds left{};  ///< the same; of no meaning without `done`
};

/// Tells a person how the work goes. Tests and the terminal implement it.
class Progress {
public:
    Progress() = default;
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    virtual ~Progress() = default;

    /// A new phase of the work begins: "fetching the kernel", "installing".
    virtual void phase(std::string_view name) = 0;
    /// What happens now within the phase; shown for the moment, never kept.
    virtual void now(std::string_view what) = 0;
    /// How far the work is. Not everybody shows it.
    virtual void advance(const Advance& /*how_far*/) {}
    /// What stands on the guest's screen now. Not everybody shows it.
    virtual void screen(const std::vector<std::string>& /*lines*/) {}
    /// Something that a person wants to know.
    virtual void info(std::string_view message) = 0;
    /// Something that a person ought to look at.
    virtual void warning(std::string_view message) = 0;
    /// What one needs in order to reproduce a step: programs run, XML, requests.
    virtual void debug(std::string_view message) = 0;
};

}  // namespace glinda
