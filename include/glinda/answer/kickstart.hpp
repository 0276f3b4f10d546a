#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace glinda::answer {

// A kickstart file, without knowledge of its commands and of releases. How lines are read is what
// the installer does (kickstart documentation, "Kickstart syntax reference"; its reader splits each
// line as a POSIX shell splits words: quotes, backslashes, and '#' starts a comment, even inside a
// word that is not quoted). A line ends a command: a backslash at its end does not continue it.

/// One line of the file.
struct KickstartLine {
    std::size_t number = 0;  ///< from 1; 0: it was not read from a file
    std::string text;        ///< with the line break as it stands in the file, if it has one
    /// Of a command or of a section's mark: as the installer splits them, without quotes. Empty if
    /// the line is blank or a comment, and in the body of a section.
    std::vector<std::string> words;
    std::string comment;     ///< behind the words, from its '#' on; may be empty
    bool cuts_word = false;  ///< the comment's '#' follows a word without a space between
    bool is_open = false;    ///< a quote is not closed: the installer refuses the line
};

/// One line outside of sections, or one section.
struct KickstartItem {
    KickstartLine line;                ///< the line, or the header of the section
    std::vector<KickstartLine> body;   ///< of a section; `words` are empty
    std::optional<KickstartLine> end;  ///< %end of a section, if it has one

    /// The first word of the line: a command, or a mark such as "%post"; may be empty.
    [[nodiscard]] std::string_view name() const noexcept;
    /// Whether it is a section: its name begins with '%', and is not one of a line of its own
    /// (%include, %ksappend, and an %end that ends nothing).
    [[nodiscard]] bool is_section() const noexcept;
};

/// A kickstart file: what is read from a text and not changed is written as the same bytes.
struct Kickstart {
    std::vector<KickstartItem> items;
};

/// Reads any text; nothing is refused, faults are marked at their lines. A section ends at its
/// %end, before the header of the next known section, or at the end of the text.
[[nodiscard]] Kickstart read_kickstart(std::string_view text);

/// The whole file as text. A line that has lost its line break and is not the last gets one.
[[nodiscard]] std::string to_text(const Kickstart& kickstart);

/// A command or a section's mark from its text, to put in or to replace another by; `number` is
/// that of the line that it replaces.
[[nodiscard]] KickstartLine kickstart_line(std::string_view text, std::size_t number = 0);

/// The same from its words, each quoted if it has to be. @throws Error (usage) as kickstart_word().
[[nodiscard]] KickstartLine kickstart_command(const std::vector<std::string>& words,
                                              std::size_t number = 0);

/// A section with its %end; each line of `body` ends with '\n'.
[[nodiscard]] KickstartItem kickstart_section(std::string_view header, std::string_view body);

/// A word so that the installer reads it as this one word, in one option (--name="a b") or alone.
/// @throws Error (usage) if it holds a line break, which nothing can quote.
[[nodiscard]] std::string kickstart_word(std::string_view word);

/// The value of an option written as `--name=value` or `--name value`, by its whole name; "" if it
/// stands without one. The last counts, as for the installer.
[[nodiscard]] std::optional<std::string> kickstart_option(const KickstartLine& line,
                                                          std::string_view name);

/// What one line of a %packages section asks for.
struct KickstartPackage {
    enum class Kind { package, group, environment, include };
    Kind kind = Kind::package;
    bool is_excluded = false;          ///< written with a '-' before it
    std::string name;                  ///< without marks; of an %include the file
    std::vector<std::string> options;  ///< of a group: --nodefaults, --optional
};

/// Nothing if the line is blank or a comment.
[[nodiscard]] std::optional<KickstartPackage> kickstart_package(const KickstartLine& line);

}  // namespace glinda::answer
