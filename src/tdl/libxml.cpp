#include "libxml.hpp"

#include <libxml/relaxng.h>
#include <libxml/xmlerror.h>

#include <algorithm>
#include <limits>
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

std::string message_of(ErrorPointer error) {
    if (error->code == XML_ERR_ENTITY_LOOP)
        return "its entities contain themselves, or make too much of a little text";
    std::string words = in_our_words(error->message);
    if (words.find("huge text node") != std::string::npos)
        return "a text may have at most 10 MB: more may stand in a file, with the type url";
    return words;
}

void hear(void* listener, ErrorPointer error) noexcept {
    try {
        static_cast<Listener*>(listener)->add({error->line, message_of(error),
                                               static_cast<const xmlNode*>(error->node),
                                               error->code});
    } catch (const std::exception&) {  // a C caller cannot take an exception
    }
}

/// What a parser works on while it parses.
struct Job {
    Parser& owner;
    xmlParserCtxt& parser;
    Listener& listener;
    std::string_view rest;  ///< of the text
    std::size_t size;       ///< of all of it
};

void complain(Job& job, const char* message) noexcept {
    try {
        job.listener.add({xmlSAX2GetLineNumber(&job.parser), message});
    } catch (const std::exception&) {  // as above; it ends all the same
    }
}

void stop(Job& job, const char* message) noexcept {
    complain(job, message);
    xmlStopParser(&job.parser);
}

Job& job_of(void* parser) noexcept {
    return *static_cast<Job*>(static_cast<xmlParserCtxt*>(parser)->_private);
}

/// Gives the parser its text piece by piece, so that it can be stopped inside of a tag: libxml2 2.9
/// compares each attribute of an element with each other one, for hours if there are a million.
int read_piece(void* context, char* buffer, int length) noexcept {
    constexpr int most_attribute_slots = 10'000;  // of which an attribute has five
    constexpr int most_namespace_slots = 500;     // of which a declaration has two
    Job& job = *static_cast<Job*>(context);
    if (job.parser.maxatts > most_attribute_slots || job.parser.nsMax > most_namespace_slots) {
        complain(job, "an element has too many attributes");
        return -1;  // to stop it would free what it reads into
    }
    const std::string_view piece = job.rest.substr(0, static_cast<std::size_t>(length));
    std::ranges::copy(piece, buffer);
    job.rest.remove_prefix(piece.size());
    return static_cast<int>(piece.size());
}

void on_entity(void* parser, const xmlChar* name, int type, const xmlChar* public_id,
               const xmlChar* system_id, xmlChar* content) noexcept {
    Job& job = job_of(parser);
    if (type != XML_INTERNAL_GENERAL_ENTITY && type != XML_INTERNAL_PARAMETER_ENTITY)
        stop(job, "an entity may not stand outside of the template: XInclude can include a file");
    else if (job.size > most_with_entities)
        stop(job, "a template that declares entities may have at most 1 MiB");
    else
        xmlSAX2EntityDecl(parser, name, type, public_id, system_id, content);
}

/// Attributes that a DTD gives to each element of a name would multiply, too.
void on_attribute(void* parser, const xmlChar*, const xmlChar*, int, int, const xmlChar*,
                  xmlEnumeration* values) noexcept {
    xmlFreeEnumeration(values);  // the handler's, says libxml2's own
    stop(job_of(parser), "a template may declare entities, but no attributes");
}

/// An xmlNode has sixteen bits for its line, and libxml2's way around that errs where a text was
/// read in pieces.
void on_element(void* context, const xmlChar* name, const xmlChar* prefix, const xmlChar* uri,
                int namespace_count, const xmlChar** namespaces, int attribute_count,
                int default_count, const xmlChar** attributes) noexcept {
    xmlSAX2StartElementNs(context, name, prefix, uri, namespace_count, namespaces, attribute_count,
                          default_count, attributes);
    auto* parser = static_cast<xmlParserCtxt*>(context);
    const int line = xmlSAX2GetLineNumber(context);
    if (line < std::numeric_limits<unsigned short>::max() || parser->node == nullptr)
        return;
    try {
        job_of(context).owner.place_of(*parser->node).line = line;
    } catch (const std::bad_alloc&) {  // as above; the line is not that important
    }
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
    context_->sax->attributeDecl = &on_attribute;
    context_->sax->startElementNs = &on_element;
}

Place& Parser::place_of(xmlNode& element) {
    if (element._private == nullptr)
        element._private = &places_.emplace_back();
    return *static_cast<Place*>(element._private);
}

XmlDocument Parser::parse(std::string_view text, Listener& listener) {
    constexpr int options = XML_PARSE_NONET | XML_PARSE_NOENT | XML_PARSE_NOCDATA;
    Job job{*this, *context_, listener, text, text.size()};
    context_->_private = &job;
    XmlDocument document{
        xmlCtxtReadIO(context_.get(), &read_piece, nullptr, &job, nullptr, nullptr, options)};
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
