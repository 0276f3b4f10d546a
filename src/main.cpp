#include "glinda/cli/main.hpp"

int main(int argc, char** argv) {
    return glinda::cli::main(argc, argv, nullptr);
}
