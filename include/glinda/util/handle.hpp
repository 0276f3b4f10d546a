#pragma once

#include <memory>

namespace glinda {

/// Calls `Free` on a C resource. Pointer-sized owners come of it; see Handle.
template <auto Free>
struct Deleter {
    template <typename T>
    void operator()(T* resource) const noexcept {
        Free(resource);
    }
};

/// Owner of a C resource that `Free` releases.
template <typename T, auto Free>
using Handle = std::unique_ptr<T, Deleter<Free>>;

}  // namespace glinda
