#include <glib.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>
#include <sstream>

#include "glinda/inventory/manifest.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/handle.hpp"
#include "glinda/util/text.hpp"

namespace glinda::inventory {
namespace {

using Json = nlohmann::ordered_json;

/// All but the characters that a package URL has as they are (purl-spec, "Character encoding").
std::string encoded(std::string_view text) {
    std::string result;
    for (const char c : text) {
        const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                           (c >= 'A' && c <= 'Z') ||
                           std::string_view{"-._~:"}.find(c) != std::string_view::npos;
        result += plain ? std::string{c}
                        : format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    }
    return result;
}

/// An identifier that only these packages have (RFC 9562, section 5.8: made of what the maker of it
/// likes), so that the same image gives the same document.
std::string uuid_of(const Manifest& manifest) {
    std::string all = manifest.name + "\n" + manifest.system.id + manifest.system.version;
    for (const Package& package : manifest.packages)
        all += format("\n{} {} {} {}", package.name, package.version, package.arch, package.source);
    const Handle<char, &g_free> digest{g_compute_checksum_for_data(
        G_CHECKSUM_SHA256, reinterpret_cast<const guchar*>(all.data()), all.size())};
    std::string hex{digest.get(), 32};
    hex[12] = '8';
    hex[16] = 'a';
    return format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                  hex.substr(16, 4), hex.substr(20));
}

std::string text_of(const Json& json) {
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

/// SPDX takes only its own notation for a license, which most package managers do not keep: each
/// other text gets an identifier within the document (SPDX 2.3, section 10).
class Licenses {
public:
    std::string id_of(const std::string& license) {
        if (license.empty())
            return "NOASSERTION";
        const auto [found, is_new] =
            ids_.try_emplace(license, format("LicenseRef-{}", ids_.size() + 1));
        if (is_new)
            texts_.push_back(
                {{"licenseId", found->second}, {"extractedText", license}, {"name", license}});
        return found->second;
    }
    [[nodiscard]] const Json& texts() const { return texts_; }

private:
    std::map<std::string, std::string> ids_;
    Json texts_ = Json::array();
};

Json spdx_package(const std::string& id, const std::string& name, const std::string& version) {
    Json json{{"SPDXID", id},
              {"name", name},
              {"downloadLocation", "NOASSERTION"},
              {"filesAnalyzed", false},
              {"licenseConcluded", "NOASSERTION"},
              {"licenseDeclared", "NOASSERTION"},
              {"copyrightText", "NOASSERTION"}};
    if (!version.empty())
        json["versionInfo"] = version;
    return json;
}

Json relationship(const std::string& from, const char* kind, const std::string& to) {
    return {{"spdxElementId", from}, {"relationshipType", kind}, {"relatedSpdxElement", to}};
}

/// What SPDX 2.3 calls an image: so its JSON schema; its text has a dash in place of the
/// underscore.
constexpr const char* purpose_of_image = "OPERATING_SYSTEM";

std::string system_name(const Manifest& manifest) {
    return manifest.system.name.empty() ? manifest.name : manifest.system.name;
}

/// The rest of a JSON array of objects: what a reader needs of each.
std::vector<Package> packages_of(const Json& list, const char* version) {
    std::vector<Package> packages;
    for (const Json& entry : list) {
        const std::string purpose = entry.value("primaryPackagePurpose", "");
        if (purpose == purpose_of_image || purpose == "OPERATING-SYSTEM")
            continue;  // the image itself
        packages.push_back({.name = printable(entry.at("name").get<std::string>()),
                            .version = printable(entry.value(version, std::string{}))});
    }
    return packages;
}

std::vector<Package> packages_of(const pugi::xml_node& icicle) {
    std::vector<Package> packages;
    for (const pugi::xml_node& node : icicle.child("packages").children("package"))
        packages.push_back({.name = printable(node.attribute("name").value())});
    return packages;
}

}  // namespace

std::string package_url(const Package& package, const Manifest& manifest) {
    const System& system = manifest.system;
    std::string_view version = package.version;
    std::vector<std::string> qualifiers;  // in the order of their names
    if (!package.arch.empty())
        qualifiers.push_back("arch=" + encoded(package.arch));
    if (!system.id.empty())
        qualifiers.push_back("distro=" + encoded(system.version.empty()
                                                     ? system.id
                                                     : system.id + "-" + system.version));
    if (const std::size_t colon = version.find(':');
        manifest.kind == "rpm" && colon != std::string_view::npos) {
        qualifiers.push_back("epoch=" + encoded(version.substr(0, colon)));
        version.remove_prefix(colon + 1);
    }
    std::string url = format("pkg:{}/", manifest.kind);
    if (!system.id.empty())
        url += encoded(system.id) + "/";
    url += encoded(manifest.kind == "rpm" ? package.name : lower(package.name));
    if (!version.empty())
        url += "@" + encoded(version);
    if (!qualifiers.empty())
        url += "?" + join(qualifiers, "&");
    return url;
}

std::string to_icicle(const Manifest& manifest) {
    pugi::xml_document document;
    pugi::xml_node icicle = document.append_child("icicle");
    if (!manifest.description.empty())
        icicle.append_child("description").text() = manifest.description.c_str();
    pugi::xml_node list = icicle.append_child("packages");
    for (const Package& package : manifest.packages) {
        pugi::xml_node node = list.append_child("package");
        node.append_attribute("name") = package.listed.c_str();
        if (!package.extra.empty())
            node.append_child("extra").text() = package.extra.c_str();
    }
    std::ostringstream text;
    document.save(text, "  ", pugi::format_default | pugi::format_no_declaration);
    return text.str();
}

std::string to_spdx(const Manifest& manifest, const std::string& created) {
    const std::string image = "SPDXRef-Image";
    Licenses licenses;
    Json root = spdx_package(image, system_name(manifest), manifest.system.version);
    root["primaryPackagePurpose"] = purpose_of_image;
    Json packages = Json::array({root});
    Json relationships = Json::array({relationship("SPDXRef-DOCUMENT", "DESCRIBES", image)});
    for (const Package& package : manifest.packages) {
        const std::string id = format("SPDXRef-Package-{}", packages.size());
        Json json = spdx_package(id, package.name, package.version);
        json["licenseDeclared"] = licenses.id_of(package.license);
        if (!package.source.empty())
            json["sourceInfo"] =
                std::string{trim("built from " + package.source + " " + package.source_version)};
        json["externalRefs"] = {{{"referenceCategory", "PACKAGE-MANAGER"},
                                 {"referenceType", "purl"},
                                 {"referenceLocator", package_url(package, manifest)}}};
        packages.push_back(std::move(json));
        relationships.push_back(relationship(image, "CONTAINS", id));
    }
    Json document{
        {"spdxVersion", "SPDX-2.3"},
        {"dataLicense", "CC0-1.0"},
        {"SPDXID", "SPDXRef-DOCUMENT"},
        {"name", manifest.name},
        {"documentNamespace", "urn:uuid:" + uuid_of(manifest)},
        {"creationInfo", {{"created", created}, {"creators", {"Tool: glinda-" GLINDA_VERSION}}}},
        {"packages", std::move(packages)},
        {"relationships", std::move(relationships)}};
    if (!licenses.texts().empty())
        document["hasExtractedLicensingInfos"] = licenses.texts();
    return text_of(document);
}

std::string to_cyclonedx(const Manifest& manifest, const std::string& created) {
    Json components = Json::array();
    for (const Package& package : manifest.packages) {
        const std::string url = package_url(package, manifest);
        Json json{{"type", "library"},
                  {"bom-ref", format("{}#{}", url, components.size())},
                  {"name", package.name},
                  {"version", package.version},
                  {"purl", url}};
        if (!package.license.empty())
            json["licenses"] = Json::array({{{"license", {{"name", package.license}}}}});
        Json properties = Json::array();
        for (const auto& [name, value] :
             {std::pair{"arch", package.arch}, std::pair{"source", package.source},
              std::pair{"source-version", package.source_version}})
            if (!value.empty())
                properties.push_back({{"name", format("glinda:{}", name)}, {"value", value}});
        if (!properties.empty())
            json["properties"] = std::move(properties);
        components.push_back(std::move(json));
    }
    const Json tool{{"type", "application"}, {"name", "glinda"}, {"version", GLINDA_VERSION}};
    return text_of({{"bomFormat", "CycloneDX"},
                    {"specVersion", "1.5"},
                    {"serialNumber", "urn:uuid:" + uuid_of(manifest)},
                    {"version", 1},
                    {"metadata",
                     {{"timestamp", created},
                      {"tools", {{"components", Json::array({tool})}}},
                      {"component",
                       {{"type", "operating-system"},
                        {"bom-ref", "image"},
                        {"name", system_name(manifest)},
                        {"version", manifest.system.version}}}}},
                    {"components", std::move(components)}});
}

std::vector<Package> read_document(std::string_view text, const std::string& name) {
    const auto unknown = [&] {
        return Error{Fault::usage,
                     name + " is no manifest",
                     {"ICICLE, SPDX and CycloneDX (both as JSON) can be read"}};
    };
    pugi::xml_document document;
    if (document.load_buffer(text.data(), text.size()) && document.child("icicle"))
        return packages_of(document.child("icicle"));
    // The documents are flat: what nests deeper is not kept, so hostile depth costs nothing.
    constexpr int deepest = 16;
    try {
        const Json json = Json::parse(
            text, [](int depth, Json::parse_event_t, Json&) { return depth <= deepest; });
        if (json.value("bomFormat", "") == "CycloneDX")
            return packages_of(json.at("components"), "version");
        if (json.contains("spdxVersion"))
            return packages_of(json.at("packages"), "versionInfo");
    } catch (const Json::exception&) {
        throw unknown();
    }
    throw unknown();
}

}  // namespace glinda::inventory
