#include "schema.hpp"

#include <libxml/parser.h>
#include <libxml/relaxng.h>
#include <libxml/xmlerror.h>

#include <algorithm>
#include <array>
#include <vector>

#include "glinda/util/error.hpp"
#include "glinda/util/handle.hpp"
#include "glinda/util/text.hpp"

namespace glinda::tdl {
namespace {

// libxml2 2.12 made the error of the callback const.
#if LIBXML_VERSION >= 21200
using ErrorPointer = const xmlError*;
#else
using ErrorPointer = xmlError*;
#endif

void collect(void* complaints, ErrorPointer error) noexcept {
    try {
        static_cast<std::vector<Complaint>*>(complaints)
            ->push_back(
                {error->line, std::string{trim(error->message == nullptr ? "" : error->message)}});
    } catch (const std::bad_alloc&) {  // a C caller cannot take an exception
    }
}

/// libxml2 tells the same mistake several times, from the outside in: the one that names the
/// element serves a person best.
Complaint most_telling(const std::vector<Complaint>& complaints) {
    constexpr std::array<std::string_view, 5> telling{
        "Did not expect", "has extra content", "Expecting", "Invalid attribute", "Extra element"};
    for (const std::string_view sign : telling) {
        const auto found = std::ranges::find_if(complaints, [&](const Complaint& complaint) {
            return complaint.message.find(sign) != std::string::npos && complaint.line > 0;
        });
        if (found != complaints.end())
            return *found;
    }
    return complaints.empty() ? Complaint{0, "it does not match the schema"} : complaints.front();
}

}  // namespace

std::optional<Complaint> check_schema(std::string_view xml, const std::filesystem::path& schema) {
    std::vector<Complaint> complaints;
    xmlSetStructuredErrorFunc(&complaints, &collect);
    struct Silence {  // the callback is thread-local and would outlive the vector
        ~Silence() { xmlSetStructuredErrorFunc(nullptr, nullptr); }
    } const silence;

    const Handle<xmlRelaxNGParserCtxt, &xmlRelaxNGFreeParserCtxt> parser{
        xmlRelaxNGNewParserCtxt(schema.c_str())};
    const Handle<xmlRelaxNG, &xmlRelaxNGFree> grammar{xmlRelaxNGParse(parser.get())};
    if (!grammar)
        throw Error{Fault::environment,
                    format("cannot read the schema {}: {}", schema.string(),
                           complaints.empty() ? "" : complaints.front().message)};

    const Handle<xmlDoc, &xmlFreeDoc> document{
        xmlReadMemory(xml.data(), static_cast<int>(xml.size()), nullptr, nullptr, XML_PARSE_NONET)};
    if (!document)
        return complaints.empty() ? Complaint{0, "it is no XML"} : complaints.front();

    const Handle<xmlRelaxNGValidCtxt, &xmlRelaxNGFreeValidCtxt> validator{
        xmlRelaxNGNewValidCtxt(grammar.get())};
    xmlRelaxNGSetValidStructuredErrors(validator.get(), &collect, &complaints);
    if (xmlRelaxNGValidateDoc(validator.get(), document.get()) == 0)
        return std::nullopt;
    return most_telling(complaints);
}

}  // namespace glinda::tdl
