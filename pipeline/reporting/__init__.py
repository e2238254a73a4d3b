"""What people read: HTML, Markdown and exports."""
