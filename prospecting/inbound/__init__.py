"""What comes back by mail: bounces, complaints, absences, replies, objections."""
