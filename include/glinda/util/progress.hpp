#pragma once

#include <string_view>

namespace glinda {

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
    /// Something that a person wants to know.
    virtual void info(std::string_view message) = 0;
    /// Something that a person ought to look at.
    virtual void warning(std::string_view message) = 0;
    /// What one needs in order to reproduce a step: programs run, XML, requests.
    virtual void debug(std::string_view message) = 0;
};

}  // namespace glinda
