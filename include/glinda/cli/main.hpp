#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "glinda/pipeline/customise.hpp"
#include "glinda/pipeline/generalise.hpp"
#include "glinda/pipeline/identify.hpp"
#include "glinda/pipeline/install.hpp"
#include "glinda/pipeline/manifest.hpp"
#include "glinda/pipeline/remaster.hpp"
#include "glinda/pipeline/test.hpp"

namespace glinda::cli {

/// What drives guests. Only a program that has it is linked to libvirt and to what else that takes:
/// loading all of them costs more time than a command such as `validate` needs for its work.
struct Engine {
    pipeline::InstallResult (*install)(const pipeline::InstallRequest&, const pipeline::Context&);
    std::string (*describe)(const pipeline::InstallRequest&, const pipeline::Context&);
    pipeline::Identity (*identify)(const std::string&, const pipeline::Context&);
    void (*remaster)(const pipeline::RemasterRequest&, const pipeline::Context&);
    pipeline::CustomiseResult (*customise)(const pipeline::CustomiseRequest&,
                                           const pipeline::Context&);
    inventory::Manifest (*manifest)(const pipeline::ManifestRequest&, const pipeline::Context&);
    std::vector<inventory::Package> (*packages_of)(const std::filesystem::path&,
                                                   const pipeline::Context&);
    pipeline::TestResult (*test)(const pipeline::TestRequest&, const pipeline::Context&);
    pipeline::GeneraliseResult (*generalise)(const pipeline::GeneraliseRequest&,
                                             const pipeline::Context&);
};

/// The whole program; returns its exit status. Nothing leaves it as an exception. Without an engine
/// it goes on, where one is needed, as the program glinda-engine.
int main(int argc, char** argv, const Engine* engine) noexcept;

}  // namespace glinda::cli
