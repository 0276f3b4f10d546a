#include "playbook.hpp"

#include "authorized_keys.hpp"
#include "customising.hpp"
#include "glinda/util/error.hpp"
#include "glinda/util/files.hpp"
#include "glinda/util/text.hpp"

namespace glinda::pipeline {
namespace {

namespace fs = std::filesystem;

void run_quietly(guest::Session& session, const std::string& script, const char* doing) {
    const guest::CommandResult result = session.run(script);
    if (result.status != 0)
        throw Error{Fault::guest, format("{}: {}", doing, end_of(result.errors))};
}

}  // namespace

std::string inventory_of(const guest::Login& login, const fs::path& key) {
    return format(
        "guest ansible_host={} ansible_port={} ansible_user={} "
        "ansible_ssh_private_key_file='{}' "
        "ansible_ssh_common_args='-F none -o IdentitiesOnly=yes -o StrictHostKeyChecking=no "
        "-o UserKnownHostsFile=/dev/null -o GlobalKnownHostsFile=/dev/null'\n",
        login.host, login.port, login.user, key.string());
}

void run_playbook(guest::Session& session, const guest::Login& login, const fs::path& playbook,
                  Runner& runner, std::chrono::milliseconds limit,
                  const std::function<void(std::string_view)>& on_output,
                  const std::function<bool()>& restarted, const std::string& keys_file) {
    const TemporaryFolder folder{fs::temp_directory_path() / "glinda-ansible-"};
    const fs::path key = folder.path() / "key";
    const fs::path hosts = folder.path() / "hosts.ini";
    runner.output_of({.argv = {"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "throw-away",
                               "-f", key.string()}});
    write_file(hosts, inventory_of(login, key));
    const std::string line{trim(read_file(key.string() + ".pub"))};
    run_quietly(session, letting_in(line, keys_file), "cannot let a key into the guest");
    Result result;
    try {
        // Its own files go there, too; it keeps connections open beyond its end otherwise.
        result = runner.run(
            {.argv = {"ansible-playbook", "-i", hosts.string(), fs::absolute(playbook).string()},
             .directory = fs::absolute(playbook).parent_path(),
             .variables = {"ANSIBLE_HOME=" + folder.path().string(),
                           "ANSIBLE_LOCAL_TEMP=" + folder.path().string(),
                           "ANSIBLE_SSH_ARGS=-o ControlMaster=no",
                           "ANSIBLE_RETRY_FILES_ENABLED=False", "ANSIBLE_NOCOLOR=1"},
             .timeout = limit});
    } catch (Error& error) {
        if (std::string_view{error.what()}.find("was not found") != std::string_view::npos)
            error.add_note("it comes with Ansible, in the package ansible-core or ansible");
        throw;
    }
    on_output(result.output);
    on_output(result.errors);
    if (result.status != 0)
        throw Error{
            Fault::guest,
            format("{}: ansible-playbook ended with status {}", playbook.string(), result.status),
            {"the end of its output:\n" + end_of(result.output + result.errors)}};
    // Ansible waits for a guest that it restarts; this login does not come back by itself.
    const Step nothing{
        .title = "playbook " + playbook.string(), .script = ":", .may_restart = true};
    do_step_through_restart(session, nothing, limit, on_output, restarted);
    run_quietly(session, keeping_out(line, keys_file), "cannot remove the key from the guest");
}

}  // namespace glinda::pipeline
