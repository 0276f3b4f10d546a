#include "glinda/media/listing.hpp"

#include <glib.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <exception>
#include <optional>
#include <string_view>

#include "curl.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/handle.hpp"
#include "glinda/util/text.hpp"

namespace glinda::media {
namespace {

constexpr std::size_t most_entries = 10000;
constexpr std::size_t largest_page = std::size_t{4} << 20U;

using CurlString = Handle<char, &curl_free>;

std::string folder_url(const std::string& url) {
    return url.ends_with('/') ? url : url + "/";
}

bool is_plain_name(std::string_view name) {
    return !name.empty() && name != "." && name != ".." &&
           std::ranges::none_of(
               name, [](unsigned char each) { return each == '/' || std::iscntrl(each) != 0; });
}

/// A folder that libcurl lists.
struct List {
    std::stop_token stop;
    std::vector<Listed> entries{};
    std::exception_ptr thrown{};
};

void add(std::vector<Listed>& entries, std::string_view name, Listed::Kind kind) {
    if (name == "." || name == "..")
        return;
    if (!is_plain_name(name))
        throw Error{Fault::usage, format("\"{}\" in it is no name of a file", printable(name))};
    if (entries.size() == most_entries)
        throw Error{Fault::usage, format("it holds more than {} files", most_entries)};
    entries.push_back({std::string{name}, kind});
}

/// libcurl gives every entry of the list that "*" fits, and would fetch it next.
long on_entry(const curl_fileinfo* entry, void* self, int) {
    auto& list = *static_cast<List*>(self);
    try {
        const bool folder = entry->filetype == CURLFILETYPE_DIRECTORY;
        add(list.entries, entry->filename, folder ? Listed::Kind::folder : Listed::Kind::file);
        return CURL_CHUNK_BGN_FUNC_SKIP;
    } catch (...) {
        list.thrown = std::current_exception();
        return CURL_CHUNK_BGN_FUNC_FAIL;
    }
}

int on_list_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<const List*>(self)->stop.stop_requested() ? 1 : 0;
}

/// By libcurl, which understands what FTP servers of all kinds print (RFC 959 leaves it to them).
std::vector<Listed> list_by_ftp(const Address& from, const FetchOptions& options) {
    Address all = from;
    all.url = folder_url(from.url) + "*";
    const Curl curl = start_curl(all, options);
    List list{.stop = options.stop};
    std::array<char, CURL_ERROR_SIZE> words{};
    curl_easy_setopt(curl.get(), CURLOPT_WILDCARDMATCH, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_CHUNK_BGN_FUNCTION, &on_entry);
    curl_easy_setopt(curl.get(), CURLOPT_CHUNK_DATA, &list);
    curl_easy_setopt(curl.get(), CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl.get(), CURLOPT_XFERINFOFUNCTION, &on_list_progress);
    curl_easy_setopt(curl.get(), CURLOPT_XFERINFODATA, &list);
    curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, words.data());
    const CURLcode code = curl_easy_perform(curl.get());
    if (list.thrown)
        std::rethrow_exception(list.thrown);
    if (options.stop.stop_requested())
        throw Error{Fault::cancelled, "listing a folder was interrupted"};
    // Where nothing is, nothing fits.
    if (code != CURLE_OK && code != CURLE_REMOTE_FILE_NOT_FOUND)
        throw Error{code == CURLE_OPERATION_TIMEDOUT ? Fault::timeout : Fault::environment,
                    format("cannot list {}: {}", from.shown,
                           words[0] != '\0' ? words.data() : curl_easy_strerror(code))};
    return list.entries;
}

/// Whether a page is what web servers make of a folder, not somebody's index.html.
bool is_list(const std::string& page) {
    return g_regex_match_simple(R"(<title>\s*(?:index of|directory listing)\b)", page.c_str(),
                                G_REGEX_CASELESS, G_REGEX_MATCH_DEFAULT) != FALSE;
}

/// What a link on the page is called in the folder; nothing if it leads elsewhere: to the folder
/// above, or to the same list in another order.
std::optional<Listed> entry_of(const std::string& target) {
    static constexpr std::string_view ampersand = "&amp;";  // as HTML has it in links
    std::string plain = target;
    for (std::size_t at = 0; (at = plain.find(ampersand, at)) != std::string::npos; ++at)
        plain.erase(at + 1, ampersand.size() - 1);
    std::string_view link = plain;
    const bool plain_path = link.starts_with("./");
    if (plain_path)
        link.remove_prefix(2);
    const bool folder = link.ends_with('/');
    if (folder)
        link.remove_suffix(1);
    // What stands before a colon would be a scheme (RFC 3986, 4.2).
    if (link.find_first_of(plain_path ? "/?#" : "/?#:") != std::string_view::npos)
        return std::nullopt;
    const Handle<char, &g_free> name{
        g_uri_unescape_segment(link.data(), link.data() + link.size(), "/")};
    if (!name || !is_plain_name(name.get()))
        return std::nullopt;
    return Listed{name.get(), folder ? Listed::Kind::folder : Listed::Kind::file};
}

std::vector<Listed> list_by_http(const Address& from, const FetchOptions& options) {
    const auto page = fetch_text(folder_url(from.url), largest_page, options);
    if (!page)
        throw Error{Fault::environment,
                    format("cannot list {}: there is no such folder", from.shown)};
    if (!is_list(*page))
        throw Error{Fault::usage,
                    format("cannot list {}: its server shows no list of its files", from.shown),
                    {"give a folder of this host or of an FTP server, or a <file> for each file"}};
    const Handle<GRegex, &g_regex_unref> link{
        g_regex_new(R"(<a\s[^>]*?href\s*=\s*["']([^"'<>]*)["'])",
                    static_cast<GRegexCompileFlags>(G_REGEX_CASELESS | G_REGEX_RAW),
                    G_REGEX_MATCH_DEFAULT, nullptr)};
    GMatchInfo* found = nullptr;
    g_regex_match_full(link.get(), page->data(), static_cast<gssize>(page->size()), 0,
                       G_REGEX_MATCH_DEFAULT, &found, nullptr);
    const Handle<GMatchInfo, &g_match_info_unref> owned{found};
    std::vector<Listed> entries;
    for (; g_match_info_matches(found) != FALSE; g_match_info_next(found, nullptr)) {
        const Handle<gchar, &g_free> target{g_match_info_fetch(found, 1)};
        if (const auto entry = entry_of(target.get()))
            add(entries, entry->name, entry->kind);
    }
    return entries;
}

}  // namespace

std::vector<Listed> list_folder(const std::string& url, const FetchOptions& options) {
    const Address from = read_address(url);
    if (from.scheme == "file")
        throw Error{Fault::usage, from.shown + " is on this host, not on a server"};
    std::vector<Listed> entries =
        from.scheme == "ftp" ? list_by_ftp(from, options) : list_by_http(from, options);
    std::ranges::sort(entries, {}, &Listed::name);
    const auto same = [](const Listed& one, const Listed& next) { return one.name == next.name; };
    entries.erase(std::unique(entries.begin(), entries.end(), same), entries.end());
    return entries;
}

std::string url_in(const std::string& folder, const Listed& entry) {
    const CurlString escaped{curl_easy_escape(nullptr, entry.name.c_str(), 0)};
    if (!escaped)
        throw Error{Fault::environment, "there is not enough memory"};
    const std::string url = folder_url(folder) + escaped.get();
    return entry.kind == Listed::Kind::folder ? url + "/" : url;
}

}  // namespace glinda::media
