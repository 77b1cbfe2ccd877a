//! What workers print, and whose it is.

use super::Runner;
use crate::engine::model::{RunId, WorkerId};
use crate::io::logs::Line;
use crate::io::protocol::Stream;
use crate::io::watch::{News, NewsKind};

impl Runner {
    pub(super) fn log(&mut self, worker: WorkerId, whose: Option<(RunId, u32)>, stream: Stream, text: &[u8]) {
        let Some(connection) = self.connections.get_mut(&worker) else { return };
        // Late words, from a thread that outlives its action, belong to whoever spoke here last.
        let whose = whose.or(connection.last_action).or_else(|| self.runs.keys().next().map(|&run| (run, 0)));
        let Some((run, ordinal)) = whose else { return };
        connection.last_action = Some((run, ordinal));
        let Some(open) = self.runs.get_mut(&run) else { return };
        let at = self.now.saturating_sub(open.header.started_at);
        let lines = text.split(|&byte| byte == b'\n');
        let lines: Vec<Line> = lines.map(|line| Line { ordinal, stream, at, text: line.to_vec() }).collect();
        lines.iter().for_each(|line| open.logs.append(line));
        let news = |line: Line| News { kind: NewsKind::Log(stream), at, ordinal, text: line.text };
        open.watch.update(|seen| seen.news.extend(lines.into_iter().map(news)));
    }

    pub(super) fn read_raw(&mut self, worker: WorkerId, part: usize, is_over: bool) {
        let Some(connection) = self.connections.get_mut(&worker) else { return };
        let slot = if part == 1 { &mut connection.stdout } else { &mut connection.stderr };
        let Some(output) = slot else { return };
        let stream = output.stream;
        let mut lines = Vec::new();
        let is_open = output.read(|line| lines.push(line.to_vec()));
        if is_over || !is_open {
            lines.extend(output.take_partial());
        }
        if !is_open {
            let _ = self.poller.delete(&output.pipe);
            if part == 1 {
                connection.stdout = None; // stderr stays for its last words
            }
        }
        let whose = self.engine.sole_action(worker).and_then(|action| self.engine.ordinal_of(action));
        for line in lines {
            self.log(worker, whose, stream, &line);
        }
    }

    /// An action, or the worker, is over: so are its lines without end.
    pub(super) fn end_raw(&mut self, worker: WorkerId) {
        self.read_raw(worker, 1, true);
        self.read_raw(worker, 2, true);
    }
}
