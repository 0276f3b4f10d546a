#include "glinda/pipeline/test.hpp"

#include <algorithm>
#include <iterator>

#include "checking.hpp"
#include "finished_image.hpp"
#include "glinda/tdl/template.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"
#include "image_guest.hpp"

namespace glinda::pipeline {
namespace {

constexpr const char* who_are_you = "uname -a; cat /etc/os-release";

/// An SSH server answers before all services are up: systemctl(1), "is-system-running".
constexpr const char* wait_for_services =
    "if [ -d /run/systemd/system ]; then systemctl is-system-running --wait; fi";

tdl::Template read_all(const TestRequest& request, const Context& context) {
    const auto schema = context.schemas / "tdl.rng";
    tdl::Template wanted = tdl::read_template(request.template_file, schema, request.variables);
    if (request.checks)
        std::ranges::move(tdl::read_checks(*request.checks, schema),
                          std::back_inserter(wanted.checks));
    return wanted;
}

void wait_until_started(guest::Session& session, const Context& context) {
    context.progress.phase("waiting for the guest's services");
    try {
        const auto state = session.run(wait_for_services, {.limit = context.settings.boot_timeout});
        context.progress.debug(format("the guest is {}", trim(printable(state.output))));
    } catch (const Error& error) {
        if (error.fault() != Fault::timeout)
            throw;
        context.progress.warning(format("the guest still starts services after {}",
                                        to_text(context.settings.boot_timeout)));
    }
}

void check_all(guest::Session& session, const tdl::Template& wanted, TestResult& tested,
               const Context& context) {
    if (wanted.checks.empty())
        return;
    wait_until_started(session, context);
    const bool needs_packages = std::ranges::any_of(wanted.checks, [](const tdl::Check& check) {
        return std::holds_alternative<tdl::PackageCheck>(check);
    });
    const PackageManager manager =
        needs_packages ? find_manager(session, context.families / "packages") : PackageManager{};
    for (const tdl::Check& check : wanted.checks) {
        context.progress.phase("checking " + title_of(check));
        tested.checks.push_back(
            check_in(session, check, manager, context.settings.install_timeout));
    }
}

}  // namespace

bool TestResult::passed() const {
    return (!script || script->status == 0) && std::ranges::all_of(checks, &CheckResult::passed);
}

TestResult test(const TestRequest& request, const Context& context) {
    const tdl::Template wanted = read_all(request, context);
    std::optional<std::string> script = request.script;
    if (!script && wanted.checks.empty())
        script = who_are_you;
    TestResult tested{.name = wanted.name};
    on_overlay(image_of(request.domain_xml), wanted, context, nullptr, [&](ImageGuest& guest) {
        tested.boot = guest.boot;
        if (script) {
            context.progress.phase("running the test");
            guest::CommandResult result = guest.session.run(*script);
            tested.script = {result.status, std::move(result.output), std::move(result.errors)};
        }
        check_all(guest.session, wanted, tested, context);
    });
    return tested;
}

}  // namespace glinda::pipeline
