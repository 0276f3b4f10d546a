#pragma once

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "glinda/util/error.hpp"
#include "glinda/util/handle.hpp"

namespace glinda::virt {

using Text = Handle<char, &std::free>;

/// The error for a failed call: "what: libvirt's words". To be made at once, as libvirt keeps one
/// message per thread.
[[nodiscard]] inline Error libvirt_error(std::string_view what) {
    return Error{Fault::environment, std::string{what} + ": " + virGetLastErrorMessage()};
}

}  // namespace glinda::virt
