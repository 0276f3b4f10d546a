#include "glinda/pipeline/test.hpp"

#include "finished_image.hpp"
#include "glinda/tdl/template.hpp"
#include "image_guest.hpp"

namespace glinda::pipeline {

TestResult test(const TestRequest& request, const Context& context) {
    const tdl::Template wanted =
        tdl::read_template(request.template_file, context.schemas / "tdl.rng", request.variables);
    TestResult tested;
    on_overlay(image_of(request.domain_xml), wanted, context, nullptr, [&](ImageGuest& guest) {
        context.progress.phase("running the test");
        guest::CommandResult result = guest.session.run(request.script);
        tested = {result.status, std::move(result.output), std::move(result.errors), guest.boot};
    });
    return tested;
}

}  // namespace glinda::pipeline
