#include "libxml.hpp"

#include <libxml/relaxng.h>
#include <libxml/xmlerror.h>

#include <algorithm>
#include <new>

#include "glinda/tdl/schema.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/text.hpp"

namespace glinda::tdl {
namespace {

// libxml2 2.12 made the error of the callback const.
#if LIBXML_VERSION >= 21200
using ErrorPointer = const xmlError*;
#else
using ErrorPointer = xmlError*;
#endif

/// libxml2 2.9 lets entities make ten times of a text; the limit keeps that small.
constexpr std::size_t most_with_entities = std::size_t{1} << 20U;

/// The first line of what libxml2 says, as our messages are written, and without its hints at its
/// own options.
std::string in_our_words(const char* message) {
    std::string_view text = message == nullptr ? "" : message;
    text = text.substr(0, text.find('\n'));
    text = trim(text.substr(0, text.find(" use XML_PARSE")));
    while (text.ends_with('.') || text.ends_with('!') || text.ends_with(' '))
        text.remove_suffix(1);
    std::string words = printable(text.substr(0, 200));
    if (!words.empty())
        words.replace(0, 1, lower(words.substr(0, 1)));
    return words;
}

void hear(void* listener, ErrorPointer error) noexcept {
    try {
        static_cast<Listener*>(listener)->add({error->line, in_our_words(error->message),
                                               static_cast<const xmlNode*>(error->node),
                                               error->code});
    } catch (const std::bad_alloc&) {  // a C caller cannot take an exception
    }
}

/// What a parser works on while it parses.
struct Job {
    Listener& listener;
    std::size_t size;
};

void on_entity(void* context, const xmlChar* name, int type, const xmlChar* public_id,
               const xmlChar* system_id, xmlChar* content) noexcept {
    auto* parser = static_cast<xmlParserCtxt*>(context);
    const auto& job = *static_cast<const Job*>(parser->_private);
    const bool internal =
        type == XML_INTERNAL_GENERAL_ENTITY || type == XML_INTERNAL_PARAMETER_ENTITY;
    if (internal && job.size <= most_with_entities)
        return xmlSAX2EntityDecl(context, name, type, public_id, system_id, content);
    try {
        job.listener.add({xmlSAX2GetLineNumber(context),
                          internal ? "a template that declares entities may have at most 1 MiB"
                                   : format("the entity \"{}\" is outside of the template, where "
                                            "glinda does not read; XInclude can include a file",
                                            view(name))});
    } catch (const std::exception&) {  // as above; stopped it is
    }
    xmlStopParser(parser);
}

}  // namespace

Listener::Listener() {
    xmlSetStructuredErrorFunc(this, &hear);
}

Listener::~Listener() {
    xmlSetStructuredErrorFunc(nullptr, nullptr);
}

void Listener::add(Complaint complaint) {
    constexpr std::size_t enough = 8;
    if (complaints_.size() < enough)
        complaints_.push_back(std::move(complaint));
}

Complaint Listener::first() const {
    return complaints_.empty() ? Complaint{0, "it is no XML"} : complaints_.front();
}

Parser::Parser() : context_{xmlNewParserCtxt()} {
    if (!context_)
        throw std::bad_alloc{};
    context_->sax->entityDecl = &on_entity;
}

XmlDocument Parser::parse(std::string_view text, Listener& listener) {
    constexpr int options =
        XML_PARSE_NONET | XML_PARSE_NOENT | XML_PARSE_NOCDATA | XML_PARSE_BIG_LINES;
    Job job{listener, text.size()};
    context_->_private = &job;
    XmlDocument document{xmlCtxtReadMemory(
        context_.get(), text.data(), static_cast<int>(text.size()), nullptr, nullptr, options)};
    context_->_private = nullptr;
    return document;
}

void Schema::Free::operator()(_xmlRelaxNG* grammar) const noexcept {
    xmlRelaxNGFree(grammar);
}

Schema::Schema(const std::filesystem::path& file) {
    const Listener listener;
    const Handle<xmlRelaxNGParserCtxt, &xmlRelaxNGFreeParserCtxt> parser{
        xmlRelaxNGNewParserCtxt(file.c_str())};
    grammar_.reset(xmlRelaxNGParse(parser.get()));
    if (!grammar_)
        throw Error{Fault::environment, format("cannot read the schema {}: {}", file.string(),
                                               listener.first().message)};
}

}  // namespace glinda::tdl
