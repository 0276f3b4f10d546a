#include "glinda/util/error.hpp"

#include <cerrno>
#include <system_error>

namespace glinda {

int exit_status(Fault fault) noexcept {
    switch (fault) {
        case Fault::environment:
            return 1;
        case Fault::usage:
            return 2;
        case Fault::guest:
            return 3;
        case Fault::timeout:
            return 4;
        case Fault::cancelled:
            return 130;
    }
    return 1;
}

Error system_error(std::string_view what) {
    return system_error(what, errno);
}

Error system_error(std::string_view what, int code) {
    return {Fault::environment, std::string{what} + ": " + std::generic_category().message(code)};
}

}  // namespace glinda
