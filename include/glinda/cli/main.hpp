#pragma once

namespace glinda::cli {

/// The whole program; returns its exit status. Nothing leaves it as an exception.
int main(int argc, char** argv) noexcept;

}  // namespace glinda::cli
