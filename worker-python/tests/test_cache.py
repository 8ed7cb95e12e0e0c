"""Cache folders: their names, their hits, and many workers at once."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

import support  # noqa: F401  (puts the SDK on the path)

from capstan_worker import Capability, File, trial_call
from capstan_worker import cache as cache_module
from capstan_worker.cache import cache_entry, content_hash, safe_stem
from capstan_worker.errors import InputError


class CacheFolders(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.data = folder.name
        cache_module._hashes.clear()

    def write(self, name, text, age_s=60):
        path = os.path.join(self.data, name)
        with open(path, "w") as file:
            file.write(text)
        then = os.stat(path).st_mtime - age_s
        os.utime(path, (then, then))
        return path

    def entry(self, source, config=None, **more):
        return cache_entry(self.data, "transcribe", source, config or {}, **more)

    def test_the_folder_is_named_by_action_stem_content_and_configuration(self):
        entry = self.entry(self.write("my talk.wav", "hello"), {"model": "small"})
        relative = os.path.relpath(entry, self.data)
        self.assertRegex(relative, r"^transcribe/my talk/2cf24d_[0-9a-f]{12}$")

    def test_another_content_or_configuration_is_another_folder_and_another_name_of_the_same_is_not_needed(self):
        talk = self.write("talk.wav", "hello")
        first = self.entry(talk, {"a": 1, "b": 2})
        self.assertEqual(first.path, self.entry(talk, {"b": 2, "a": 1}).path)
        self.assertNotEqual(first.path, self.entry(talk, {"a": 1, "b": 3}).path)
        self.write("talk.wav", "other!!")
        self.assertNotEqual(first.path, self.entry(talk, {"a": 1, "b": 2}).path)

    def test_stems_are_safe_as_names_of_folders(self):
        for stem, safe in [
            ('a<b>c:d"e/f\\g|h?i*j', "a_b_c_d_e_f_g_h_i_j"),
            ("tab\there\x01", "tab_here_"),
            ("  . dots . ", "dots"),
            ("...", "_"),
            ("", "_"),
            ("x" * 300, "x" * 100),
            ("x" * 99 + ". y", "x" * 99),
        ]:
            with self.subTest(stem):
                self.assertEqual(safe_stem(stem), safe)

    def test_a_text_can_be_the_input_itself(self):
        entry = self.entry("https://example.org/a/talk.html", text=True)
        self.assertIn(os.sep + "talk" + os.sep, entry.path)
        self.assertNotEqual(entry.path, self.entry("https://example.org/b/talk.html", text=True).path)

    def test_what_is_being_written_is_no_hit_and_what_failed_leaves_nothing(self):
        talk = self.write("talk.wav", "hello")
        entry = self.entry(talk)
        self.assertFalse(entry.is_hit)
        with self.assertRaises(ZeroDivisionError), entry.save() as folder:
            open(os.path.join(folder, "half"), "w").close()
            self.assertFalse(self.entry(talk).is_hit)
            raise ZeroDivisionError
        self.assertEqual(os.listdir(os.path.dirname(entry.path)), [])
        with entry.save() as folder:
            open(os.path.join(folder, "whole"), "w").close()
        again = self.entry(talk)
        self.assertTrue(again.is_hit)
        self.assertTrue(os.path.exists(again.file("whole")))

    def test_of_two_that_make_the_same_result_the_first_is_kept(self):
        entry = self.entry(self.write("talk.wav", "hello"))
        with entry.save() as first, self.entry(os.path.join(self.data, "talk.wav")).save() as second:
            for folder, text in ((first, "first"), (second, "second")):
                with open(os.path.join(folder, "result"), "w") as out:
                    out.write(text)
        with open(entry.file("result")) as kept:
            self.assertEqual(kept.read(), "second")  # the inner block ended first
        self.assertEqual(os.listdir(os.path.dirname(entry.path)), [os.path.basename(entry.path)])

    def test_many_workers_at_once_leave_one_whole_result(self):
        talk = self.write("talk.wav", "hello")
        program = (
            "import sys; sys.path.insert(0, sys.argv[1]);"
            "from capstan_worker.cache import cache_entry;"
            "print(cache_entry(sys.argv[2], 'a', sys.argv[3], {}).json(lambda: list(range(1000)))[-1])"
        )
        sdk = os.path.dirname(os.path.dirname(cache_module.__file__))
        command = [sys.executable, "-c", program, sdk, self.data, talk]
        running = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(6)]
        answers = {process.communicate()[0] for process in running}
        self.assertEqual(answers, {b"999\n"})
        folder = os.path.join(self.data, "a", "talk")
        self.assertEqual(len(os.listdir(folder)), 1)

    def test_hits_and_saved_results_are_accounts_of_the_call(self):
        class Tool(Capability):
            data_dir = self.data

        talk = self.write("talk.wav", "hello")
        tool = Tool()
        with trial_call(self.data) as call:
            made = [tool.cache_dir("pages", talk).json(lambda: {"n": 1}) for _ in range(2)]
        self.assertEqual(made, [{"n": 1}, {"n": 1}])
        self.assertEqual([frame["type"] for frame in call.frames], ["result_saved", "cache_hit"])
        self.assertEqual(call.frames[1]["payload"]["action"], "pages")

    def test_an_input_is_hashed_once_for_its_path_time_and_size_also_by_the_next_worker(self):
        talk = self.write("talk.wav", "hello")
        first = content_hash(talk, self.data)
        status = os.stat(talk)
        with open(talk, "w") as file:
            file.write("jello")  # the same size
        os.utime(talk, ns=(status.st_atime_ns, status.st_mtime_ns))
        self.assertEqual(content_hash(talk, self.data), first)
        cache_module._hashes.clear()
        self.assertEqual(content_hash(talk, self.data), first)
        os.utime(talk)
        self.assertNotEqual(content_hash(talk, self.data), first)

    def test_the_hosts_hash_of_a_file_is_taken_and_a_spoilt_memo_is_not(self):
        self.assertEqual(content_hash(File("/nowhere", sha256="ab" * 32)), "ab" * 32)
        talk = self.write("talk.wav", "hello")
        first = content_hash(talk, self.data)
        cache_module._hashes.clear()
        with open(cache_module._memo(self.data, talk), "w") as memo:
            memo.write('{"path":')
        self.assertEqual(content_hash(talk, self.data), first)
        with open(cache_module._memo(self.data, talk)) as memo:
            self.assertEqual(json.load(memo)["sha256"], first)

    def test_an_input_that_is_not_there_is_the_callers_fault(self):
        with self.assertRaisesRegex(InputError, "cannot be read"):
            self.entry(os.path.join(self.data, "none.wav"))


if __name__ == "__main__":
    unittest.main()
