#pragma once

#include "glinda/util/progress.hpp"

namespace glinda {

/// Tells nobody how it goes.
class Silence : public Progress {
public:
    void phase(std::string_view) override {}
    void now(std::string_view) override {}
    void info(std::string_view) override {}
    void warning(std::string_view) override {}
    void debug(std::string_view) override {}
};

}  // namespace glinda
