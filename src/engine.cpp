#include "glinda/cli/main.hpp"

// What `glinda` becomes for a command that drives a guest.
int main(int argc, char** argv) {
    using namespace glinda;
    constexpr cli::Engine engine{
        &pipeline::install,     &pipeline::describe,  &pipeline::identify,
        &pipeline::remaster,    &pipeline::customise, &pipeline::manifest,
        &pipeline::packages_of, &pipeline::test,      &pipeline::generalise};
    return cli::main(argc, argv, &engine);
}
