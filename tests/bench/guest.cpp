// Logins, files and output over SSH, beside scp, with OpenSSH's server on this host in place of a
// guest's. See guest.sh.
#include <fmt/core.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "glinda/guest/session.hpp"
#include "glinda/util/error.hpp"
#include "ssh_server.hpp"

namespace glinda::guest {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

double seconds_of(const std::function<void()>& work) {
    const auto start = Clock::now();
    work();
    return std::chrono::duration<double>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values.at(values.size() / 2);
}

class Bench : SshServer {
public:
    /// From the server's first answer to anybody until the login has succeeded. Until then the port
    /// is one that a virtual machine's network forwards to a guest that does not listen yet.
    double login_after(std::chrono::milliseconds start) {
        std::jthread refusing{[this] {
            while (listener_.accept())
                continue;
        }};
        std::jthread waiting{[&] {
            session_.emplace(Session::wait_for(login(), Clock::now() + 60s));
            logged_in_ = Clock::now();
        }};
        std::this_thread::sleep_for(start);
        listener_.end();
        refusing.join();
        boot();
        const auto answered = first_answer();
        waiting.join();
        return std::chrono::duration<double>(logged_in_ - answered).count();
    }

    void show_transfer(std::size_t bytes) {
        const auto file = folder_.path() / "source";
        const auto copy = folder_.path() / "copy";
        std::string content(bytes, 'x');
        for (std::size_t i = 0; i < content.size(); ++i)
            content[i] = static_cast<char>(i * i >> 7U);
        write_file(file, content);
        const Login me = login();
        std::vector<double> ours;
        std::vector<double> theirs;
        for (int i = 0; i < 7; ++i) {
            ours.push_back(seconds_of([&] { session_->write(copy.string(), content); }));
            theirs.push_back(seconds_of([&] {
                SystemRunner{}.output_of(
                    {.argv = {"scp", "-O", "-q", "-F", "none", "-i",
                              (folder_.path() / "user").string(), "-P", std::to_string(me.port),
                              "-o", "StrictHostKeyChecking=no", "-o",
                              "UserKnownHostsFile=/dev/null", file.string(),
                              me.user + "@127.0.0.1:" + copy.string()}});
            }));
        }
        fmt::print("{:8.3f} s for {} MB, {:.3f} s by scp: {:.2f} of its rate\n", median(ours),
                   bytes / 1'000'000, median(theirs), median(theirs) / median(ours));
    }

    void show_lines() {
        std::vector<double> none;
        std::vector<double> many;
        long lines = 0;
        for (int i = 0; i < 7; ++i) {
            none.push_back(seconds_of([&] { session_->run("seq 10000 >/dev/null"); }));
            many.push_back(seconds_of([&] {
                const std::string output = session_->run("seq 10000").output;
                lines = std::ranges::count(output, '\n');
            }));
        }
        fmt::print("{:8.3f} s for {} of 10000 lines, {:.3f} s for none of them\n", median(many),
                   lines, median(none));
    }

private:
    Clock::time_point first_answer() {
        for (;;) {
            try {
                const Session probe{login(), Clock::now() + 10s};
                return Clock::now();
            } catch (const Error&) {
                std::this_thread::sleep_for(5ms);
            }
        }
    }

    std::optional<Session> session_;
    Clock::time_point logged_in_;
};

}  // namespace
}  // namespace glinda::guest

int main() {
    using glinda::guest::Bench;
    std::vector<double> late;
    for (int i = 1; i <= 9; ++i)
        late.push_back(Bench{}.login_after(std::chrono::milliseconds{370 * i}));
    fmt::print("{:8.3f} s from another's login to ours, at most {:.3f} s\n",
               glinda::guest::median(late), std::ranges::max(late));
    Bench bench;
    bench.login_after({});
    bench.show_transfer(100'000'000);
    bench.show_lines();
}
