#pragma once

#include <filesystem>
#include <memory>

struct _xmlRelaxNG;

namespace glinda::tdl {

/// The grammar of templates (config/tdl.rng), compiled once for any number of them.
class Schema {
public:
    /// @throws Error (environment) if the file is no RELAX NG schema.
    explicit Schema(const std::filesystem::path& file);

    [[nodiscard]] _xmlRelaxNG* get() const noexcept { return grammar_.get(); }

private:
    struct Free {
        void operator()(_xmlRelaxNG* grammar) const noexcept;
    };
    std::unique_ptr<_xmlRelaxNG, Free> grammar_;
};

}  // namespace glinda::tdl
